// The dialog behind `Authorize`: name and password, everything else behind a click; and what becomes of the token.
import { claimsOf, forgetToken, keepToken, keptToken, lifetimeOf } from "./token.js";

const dialog = document.getElementById("login");
const failure = document.getElementById("login-error");
const notice = document.getElementById("notice");
let expiry;

export function loginPlugin({ React }) {
  return {
    components: { authorizeBtn: authorizeButton(React) },
    statePlugins: {
      auth: { wrapActions: { showDefinitions: (_, system) => (wanted) => wanted && openDialog(system) } },
      spec: { wrapActions: { setResponse: (original, system) => (...answer) => (noteRefusal(system, answer[2]), original(...answer)) } },
    },
  };
}

export function restoreLogin(system) {
  for (const form of dialog.querySelectorAll("form[data-grant]")) form.addEventListener("submit", (event) => submit(system, event));
  const { token, until } = keptToken();
  if (token && until <= Date.now()) expire(system);
  else if (token) authorize(system, token, until);
}

function authorizeButton(React) {
  return function AuthorizeButton({ isAuthorized, onClick }) {
    const { sub } = isAuthorized ? claimsOf(keptToken().token ?? "") : {};
    const text = isAuthorized ? `Logged in${sub ? ` as ${sub}` : ""}` : "Authorize";
    return React.createElement("button", { className: `btn authorize ${isAuthorized ? "locked" : "unlocked"}`, onClick }, text);
  };
}

function schemes(system) {
  return system.specSelectors.specJson().getIn(["components", "securitySchemes"])?.toJS() ?? {};
}

function tokenUrl(system) {
  return Object.values(schemes(system)).map((scheme) => scheme.flows?.password?.tokenUrl).find(Boolean);
}

function openDialog(system) {
  const { token } = keptToken();
  const state = token ? "authorized" : tokenUrl(system) ? "password" : "token";
  for (const part of dialog.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  for (const part of dialog.querySelectorAll("details")) part.open = false;
  document.getElementById("identity").textContent = token ? identity(token) : "";
  showIn(failure, "");
  dialog.showModal();
  dialog.querySelector("[data-when]:not([hidden]) :is(input, .primary)").focus();
}

function identity(token) {
  const { sub, aud, purpose, scope } = claimsOf(token);
  if (!sub) return "You use a token that you pasted.";
  const bureau = /^urn:i247:bureau:(.+)$/.exec(aud)?.[1];
  const usual = purpose ? `A request that states no purpose has the purpose "${purpose}".` : "State a purpose with each request, in I247-Purpose.";
  return `You are logged in as ${sub}${bureau ? ` of ${bureau}` : ""}, with ${scope?.split(" ").length ?? 0} scopes. ${usual}`;
}

async function submit(system, event) {
  event.preventDefault();
  const form = event.target;
  const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  showIn(failure, "");
  try {
    if (form.dataset.grant === "none") return logOut(system), dialog.close();
    const { access_token: token, expires_in: seconds } =
      form.dataset.grant === "token"
        ? { access_token: fields.token.replace(/^Bearer\s+/i, ""), expires_in: lifetimeOf(fields.token) }
        : await requestToken(system, { grant_type: form.dataset.grant, ...fields });
    keepToken(token, seconds);
    authorize(system, token, keptToken().until);
    form.reset();
    dialog.close();
  } catch (error) {
    showIn(failure, error.message);
  }
}

// Asks for no scopes: then the token has all that the officer may use.
async function requestToken(system, fields) {
  const answer = await fetch(tokenUrl(system), { method: "POST", body: new URLSearchParams(fields) }).catch(() => {
    throw new Error("The gateway cannot be reached: see whether it is still running.");
  });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const wait = answer.headers.get("Retry-After");
  const detail = body.error_description ?? body.detail ?? `The gateway answered ${answer.status}.`;
  throw new Error(wait ? `${detail} Wait ${wait} seconds.` : detail);
}

function authorize(system, token, until) {
  for (const [name, schema] of Object.entries(schemes(system))) {
    if (schema.type === "oauth2") system.authActions.authorizeOauth2({ auth: { name, schema }, token: { access_token: token, token_type: "Bearer" } });
    else system.authActions.authorize({ [name]: { name, schema, value: token } });
  }
  showIn(notice, "");
  clearTimeout(expiry);
  // Longer than that, and a timer would end at once.
  if (until) expiry = setTimeout(() => expire(system), Math.min(until - Date.now(), 2 ** 31 - 1));
}

function logOut(system) {
  clearTimeout(expiry);
  forgetToken();
  if (system.authSelectors.authorized().size) system.authActions.logout(Object.keys(schemes(system)));
}

function expire(system) {
  logOut(system);
  showIn(notice, "Your token has expired. Press Authorize and log in again.");
}

function noteRefusal(system, outcome) {
  const answer = outcome.err?.response ?? outcome;
  if (answer.status !== 401 || !keptToken().token) return;
  logOut(system);
  const detail = answer.body?.detail;
  showIn(notice, `The gateway no longer accepts your token${detail ? ` (${detail})` : ""}. Press Authorize and log in again.`);
}

function showIn(element, text) {
  element.textContent = text;
  element.hidden = !text;
}
