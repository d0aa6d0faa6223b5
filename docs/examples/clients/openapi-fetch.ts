// Enter a stolen car, find it, see a refusal, and send a photograph, with openapi-typescript and openapi-fetch.
import { openAsBlob } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi-fetch.schema.js";

type Car = components["schemas"]["VehicleDescription"];
const i247 = createClient<paths>({
  baseUrl: process.env.API!,
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
});

const car: Car = { make: "Renault", plate: "QX 417 LM", country: "FR", theft_date: "2026-05-01" };
const entered = await i247.POST("/api/stolen-vehicles", { body: car });
if (entered.error) throw new Error(entered.error.detail);

const query = { plate: "qx-417-lm", country: "FR" };
const { data: found, error } = await i247.GET("/api/stolen-vehicles/search", { params: { query } });
if (error) throw new Error(error.detail);
console.log("found", found.hits[0]?.record.make, "because of the", found.hits[0]?.match);

const path = { record_id: "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192" };
const missing = await i247.GET("/api/stolen-vehicles/{record_id}", { params: { path } });
if (missing.error) console.log("refused", missing.error.status, missing.error.detail);

const subject = { kind: "person", person_status: "witness", name: "Vasseliac" } as const;
const notice = await i247.POST("/api/notices", { body: { colour: "blue", subject, facts: "Seen at the fire." } });
if (notice.error) throw new Error(notice.error.detail);
const portrait = await openAsBlob("portrait.jpg");
const shown = await i247.POST("/api/notices/{record_id}/photographs", {
  params: { path: { record_id: notice.data.id } },
  headers: { "Content-Type": "image/jpeg" },
  body: "portrait.jpg",
  bodySerializer: () => portrait,
});
if (shown.error) throw new Error(shown.error.detail);
console.log("photographs", shown.data.photographs?.length);
