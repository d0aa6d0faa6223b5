// The page /docs: Swagger UI, with the plugins of this folder.
import { filterPlugin } from "./filter.js";
import { loginPlugin, restoreLogin } from "./login.js";
import { refusalsPlugin } from "./refusals.js";
import { resolvePlugin } from "./resolve.js";

document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  persistAuthorization: false,
  plugins: [resolvePlugin, filterPlugin, loginPlugin, refusalsPlugin],
  onComplete: () => restoreLogin(ui.getSystem()),
});
