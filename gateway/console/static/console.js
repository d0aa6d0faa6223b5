// What the pages do with a script: parts that arrive, keys, clocks. Each page works without it.

// Markup of this server becomes elements by one policy, which refuses what could run. Nothing here evaluates text.
const policy = window.trustedTypes?.createPolicy("console", { createHTML: (markup) => markup }) ?? { createHTML: (markup) => markup };
const RUNS = "script, iframe, object, embed, base, meta[http-equiv], link, style";

function inert(markup) {
  const trusted = policy.createHTML(markup);
  const parsed = Document.parseHTMLUnsafe ? Document.parseHTMLUnsafe(trusted) : new DOMParser().parseFromString(trusted, "text/html");
  for (const root of [parsed, ...[...parsed.querySelectorAll("template")].map((each) => each.content)]) {
    // A whole page comes with its own head, of which htmx takes the title alone.
    if (root.querySelector(`body ${RUNS.replaceAll(", ", ", body ")}`)) throw new Error("refused: markup that could run");
    for (const element of root.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (/^on|^hx-on/i.test(name) || /^\s*(javascript|data):/i.test(value)) throw new Error(`refused: ${name}`);
      }
    }
  }
  return trusted;
}

function refuse() {
  throw new Error("refused: text is never run");
}

window.htmx?.registerExtension("console", {
  init: (api) => api.initSecurity({ createHTML: inert, createScript: refuse }, refuse, refuse),
  htmx_before_swap: () => {},
  htmx_after_swap: () => prepare(document),
});

document.documentElement.classList.add("scripted");

// A choice that applies at once.
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-submits]")) target.form.requestSubmit();
  if (!target.matches("[data-keys-switch]")) return;
  localStorage.setItem("i247-keys", target.checked ? "on" : "off");
  prepare(document);
});

// A form that is opened is where somebody goes on: its first field is written in at once.
document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches("details[name]")) target.querySelector("form :is(input:not([type=hidden]), textarea, select, button)")?.focus();
}, true);

// Arrows step through the links of a table, such as the pairs of two prints: each link leads to its own place in the page.
function step(event) {
  const links = [...document.querySelectorAll('[data-steps] a[href^="#"]')];
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (!links.length || !["ArrowLeft", "ArrowRight"].includes(event.key)) return false;
  const at = links.findIndex((each) => each.hash === location.hash);
  const next = event.key === forward ? at + 1 : at < 0 ? links.length - 1 : at - 1;
  const link = links[(next + links.length) % links.length];
  link.focus({ preventScroll: true });
  link.click();
  return true;
}

// Keys: an element with `data-key` is pressed by its letter, unless somebody is typing or has switched this off.
const keysAreOn = () => localStorage.getItem("i247-keys") !== "off";
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) return event.target.form?.requestSubmit();
  if (!keysAreOn() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (step(event)) return event.preventDefault();
  const pressed = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)].find((each) => each.checkVisibility());
  if (!pressed) return;
  event.preventDefault();
  if (pressed.matches("input, textarea, select")) pressed.focus();
  else pressed.click();
});

// Clocks: `<time data-due>` runs down to its time in words of the page, and says when it has passed.
function tick() {
  for (const clock of document.querySelectorAll("time[data-due]")) {
    const seconds = Math.round((Date.parse(clock.dateTime) - Date.now()) / 1000);
    const [hours, minutes, rest] = [Math.floor(Math.abs(seconds) / 3600), Math.floor(Math.abs(seconds) / 60) % 60, Math.abs(seconds) % 60];
    const pad = (number) => String(number).padStart(2, "0");
    clock.textContent = `${seconds < 0 ? "−" : ""}${hours ? `${hours}:${pad(minutes)}` : minutes}:${pad(rest)}`;
    clock.classList.toggle("late", seconds < 0);
    clock.classList.toggle("soon", seconds >= 0 && seconds < 120);
  }
}

function prepare(root) {
  for (const element of root.querySelectorAll("[data-keys-switch]")) element.checked = keysAreOn();
  document.documentElement.classList.toggle("without-keys", !keysAreOn());
  tick();
}

prepare(document);
setInterval(tick, 1000);
