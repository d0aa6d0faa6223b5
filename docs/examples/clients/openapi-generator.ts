// Enter a stolen car, find it, see a refusal, and send a photograph, with the client of openapi-generator.
import { openAsBlob } from "node:fs";
import { Configuration, NoticesApi, ProblemBodyFromJSON, ResponseError, StolenVehiclesApi } from "./generated/index.js";

const accessToken = `Bearer ${process.env.TOKEN}`;
const configuration = new Configuration({ basePath: process.env.API!, accessToken });
const vehicles = new StolenVehiclesApi(configuration);
const notices = new NoticesApi(configuration);

const car = { make: "Renault", plate: "QX 417 LM", country: "FR", theftDate: "2026-05-01" };
await vehicles.createVehicle({ vehicleDescription: car });

const found = await vehicles.searchVehicles({ plate: "qx-417-lm", country: "FR" });
console.log("found", found.hits[0]?.record.make, "because of the", found.hits[0]?.match);

try {
  await vehicles.getVehicle({ recordId: "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192" });
} catch (error) {
  if (!(error instanceof ResponseError)) throw error;
  const problem = ProblemBodyFromJSON(await error.response.json());
  console.log("refused", problem.status, problem.detail);
}

const subject = { kind: "person", personStatus: "witness", name: "Vasseliac" } as const;
const notice = await notices.createNotice({ noticeEntry: { colour: "blue", subject, facts: "Seen at the fire." } });
const body = await openAsBlob("portrait.jpg", { type: "image/jpeg" });
const shown = await notices.addNoticePhotograph({ recordId: notice.id, body });
console.log("photographs", shown.photographs?.length);
