// Enter a stolen car, find it, see a refusal, and send a photograph, with the client of @hey-api/openapi-ts.
import { openAsBlob } from "node:fs";
import { client } from "./hey-api/client.gen.js";
import { addNoticePhotograph, createNotice, createVehicle, getVehicle, searchVehicles } from "./hey-api/index.js";

client.setConfig({ baseUrl: process.env.API!, auth: process.env.TOKEN! });

const car = { make: "Renault", plate: "QX 417 LM", country: "FR", theft_date: "2026-05-01" };
await createVehicle({ body: car, throwOnError: true });

const found = await searchVehicles({ query: { plate: "qx-417-lm", country: "FR" }, throwOnError: true });
const best = found.data.hits[0];
console.log("found", best?.record.make, "because of the", best?.match);

const missing = await getVehicle({ path: { record_id: "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192" } });
if (missing.error) console.log("refused", missing.error.status, missing.error.detail);

const subject = { kind: "person", person_status: "witness", name: "Vasseliac" } as const;
const notice = await createNotice({ body: { colour: "blue", subject, facts: "Seen at the fire." }, throwOnError: true });
const body = await openAsBlob("portrait.jpg", { type: "image/jpeg" });
const shown = await addNoticePhotograph({ path: { record_id: notice.data.id }, body, throwOnError: true });
console.log("photographs", shown.data.photographs?.length);
