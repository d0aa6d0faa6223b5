// What the pages do with a script: parts that arrive, keys, clocks. Each page works without it.

// Markup of this server becomes elements by one policy, which refuses what could run. Nothing here evaluates text.
const policy = window.trustedTypes?.createPolicy("console", { createHTML: (markup) => markup }) ?? { createHTML: (markup) => markup };
const RUNS = "script, iframe, object, embed, base, meta[http-equiv], link, style, animate, set, portal";
// Attributes whose value is followed; any text may stand in others.
const ADDRESS = /^(href|src|srcset|action|formaction|data|poster|xlink:href|(data-)?hx-.*)$/i;

// Browsers leave out control characters in the name of a scheme.
const leadsAway = (value) => /^(javascript|data|vbscript):/i.test(value.replace(/[\u0000-\u0020]/g, ""));

function inert(markup) {
  const trusted = policy.createHTML(markup);
  const parsed = Document.parseHTMLUnsafe ? Document.parseHTMLUnsafe(trusted) : new DOMParser().parseFromString(trusted, "text/html");
  const roots = [parsed];
  for (const root of roots) {
    roots.push(...[...root.querySelectorAll("template")].map((each) => each.content));
    roots.push(...[...root.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean));
    // A whole page comes with its own head, of which htmx takes the title alone.
    const runs = root === parsed ? `body ${RUNS.replaceAll(", ", ", body ")}` : RUNS;
    if (root.querySelector(runs)) throw new Error("refused: markup that could run");
    for (const element of root.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (/^on|^(data-)?hx-on/i.test(name) || (ADDRESS.test(name) && leadsAway(value))) throw new Error(`refused: ${name}`);
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
  // What a part of a page is asked for in: whose the page is, and the purpose in its head.
  htmx_before_request: (_element, { ctx }) => {
    if (waiting) ctx.request.headers["I247-Page-Officer"] = encodeURIComponent(waiting.dataset.officer);
    ctx.request.headers["I247-Page-Purpose"] = document.getElementById("purpose")?.value ?? "";
  },
});

document.documentElement.classList.add("scripted");

// What somebody types outlives their session: typing is use of it, and no form goes to a session that is over.
const MINUTE = 60000;
const waiting = document.getElementById("waiting");
let used = Date.now();
let asked = 0;
async function noteOf(asking) {
  const answer = await asking;
  return answer.status === 200 ? new DOMParser().parseFromString(inert(await answer.text()), "text/html").querySelector(".note") : null;
}
// Without an answer a form is sent all the same: the browser says what is wrong.
async function isSignedIn() {
  asked = Date.now();
  const over = await noteOf(fetch("/session", { method: "POST", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(5000), body: new URLSearchParams({ _officer: waiting.dataset.officer }) })).catch(() => null);
  waiting.replaceChildren(...(over ? [over] : []));
  if (!over) used = asked;
  return !over;
}
document.addEventListener("input", () => {
  if (waiting && Date.now() - Math.max(used, asked) > MINUTE) isSignedIn();
});
let isAsking = false;
let goesOn = null;
let sentLast = null;
let sentAt = 0;
// The answer to a form is a page; without it the same can be sent again after a while.
const AGAIN_AFTER = 30000;
addEventListener("pageshow", () => { sentLast = null; });
document.addEventListener("htmx:after:request", ({ target }) => {
  if (sentLast?.contains(target)) sentLast = null;
});
document.addEventListener("submit", async (event) => {
  const { target, submitter } = event;
  if (!waiting || target.getAttribute("method") !== "post" || target === goesOn) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // A second click sends nothing again.
  if (isAsking || (target === sentLast && Date.now() - sentAt < AGAIN_AFTER)) return;
  isAsking = true;
  await choosing;
  const isOpen = await isSignedIn();
  isAsking = false;
  if (!isOpen) return;
  [goesOn, sentLast, sentAt] = [target, target, Date.now()];
  target.requestSubmit(submitter);
  goesOn = null;
}, true);

// Another purpose leaves a form that is begun as it is: its next step states the new one.
const isBegun = () => [...document.querySelectorAll("main form[method=post] :is(input:not([type=hidden], [type=radio], [type=checkbox]), textarea)")].some((each) => each.value.trim());
let choosing = null;
async function choosePurpose(select) {
  const body = new URLSearchParams(new FormData(select.form));
  const note = document.getElementById("purpose-changed");
  const answer = await fetch("/purpose", { method: "POST", redirect: "manual", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(5000), body }).catch(() => null);
  if (answer?.type !== "opaqueredirect") {
    for (const each of select.options) each.selected = each.defaultSelected;
    if (await isSignedIn()) note.textContent = note.dataset.failed;
    return;
  }
  note.replaceChildren();
  for (const each of select.options) each.defaultSelected = each.selected;
  for (const each of document.querySelectorAll("input[name=_purpose]")) each.value = select.value;
  for (const each of document.querySelectorAll("[data-purpose]")) each.textContent = select.selectedOptions[0].textContent;
  forgetOwnChoice();
}
// The stream of the page tells it of each choice, and cannot know which one was made on it.
function forgetOwnChoice() {
  const changed = document.querySelector("#purpose-changed [data-code]");
  if (changed && changed.dataset.code === document.getElementById("purpose").value) changed.parentElement.replaceChildren();
}

// A choice that applies at once.
document.addEventListener("change", ({ target }) => {
  if (target.matches("#purpose") && isBegun()) choosing = choosePurpose(target);
  else if (target.matches("[data-submits]")) target.form.requestSubmit();
  if (!target.matches("[data-keys-switch]")) return;
  localStorage.setItem("i247-keys", target.checked ? "on" : "off");
  prepare(document);
});

// Printing what a page shows.
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-print]")) window.print();
});

// The parts of a page that a form asks for have an address: it is shown, and going back loads what was there.
let shown = location.pathname + location.search;
document.addEventListener("htmx:before:request", ({ target, detail }) => {
  if (!target.matches("[data-linkable]")) return;
  shown = detail.ctx.request.action;
  history.pushState(null, "", shown);
  // The form of the purpose comes back here, where a search waits.
  const next = document.querySelector(".purpose [name=next]");
  if (next) next.value = shown.includes("?") && target.dataset.atRest ? `${shown}&${target.dataset.atRest}` : shown;
});
addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) location.reload();
});
// Fields that are empty stay out of an address.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches("[data-lean]")) return;
  const filled = [...formData].filter(([, value]) => value !== "");
  for (const name of [...formData.keys()]) formData.delete(name);
  for (const [name, value] of filled) formData.append(name, value);
});
// A file that is too large is not sent.
document.addEventListener("change", ({ target }) => {
  if (target.matches("input[data-max-bytes]")) target.setCustomValidity([...target.files].some((file) => file.size > target.dataset.maxBytes) ? target.getAttribute("data-too-large") : "");
});

// Items of a list: j and k, or the arrows from one of them, move between them; `data-key-here` is for the one in focus.
function moved(event) {
  const items = [...document.querySelectorAll("[data-item]")].filter((each) => each.checkVisibility());
  const at = items.indexOf(document.activeElement.closest("[data-item]"));
  const key = event.key.toLowerCase();
  const isFromBox = event.target.matches("[data-to-items]") && key === "arrowdown";
  const isKey = at >= 0 ? ["arrowdown", "arrowup"].includes(key) : isFromBox;
  if (!items.length || !(isKey || (!event.target.matches("input, textarea, select") && "jk".includes(key)))) return false;
  const step = key === "arrowup" || key === "k" ? -1 : 1;
  items[Math.min(Math.max(at + step, 0), items.length - 1)].focus();
  return true;
}

// The results are there: the keys go to them, unless somebody types on or is elsewhere. Without any, the next text replaces this one.
function arrive() {
  const came = document.querySelector("[data-came]");
  const box = document.activeElement;
  if (!came || came.dataset.seen || !box.matches("[data-to-items]")) return;
  came.dataset.seen = "yes";
  if (box.value.trim() !== (new URLSearchParams(location.search).get(box.name) ?? "").trim()) return;
  if (came.dataset.came === "something") came.focus();
  else box.select();
}

// Where what was in focus is replaced, such as a form by its answer, its item keeps the keys.
let itemInFocus = null;
document.addEventListener("focusin", ({ target }) => { itemInFocus = target.closest("[data-item]"); });
function keepItem() {
  if (document.activeElement === document.body && itemInFocus?.isConnected) itemInFocus.focus({ preventScroll: true });
}

// What renews itself rests while nobody sees the page.
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.target.matches?.("[data-rests-when-hidden]")) event.preventDefault();
});

// A page that follows what happens keeps a connection, and a browser opens six to a host: of its pages three follow.
const isHidden = () => new Promise((resolve) => {
  const look = () => document.hidden && (document.removeEventListener("visibilitychange", look), resolve(true));
  document.addEventListener("visibilitychange", look);
});
function begin(lock) {
  if (!lock) return false;
  waiting.dispatchEvent(new Event("follow"));
  return isHidden();
}
async function follow() {
  if (!navigator.locks) return begin(true);
  for (let place = 0; place < 3; place++) if (await navigator.locks.request(`i247-events-${place}`, { ifAvailable: true }, begin)) return;
}
let follows = false;
function followOnce() {
  if (!waiting || follows || document.hidden) return;
  follows = true;
  setTimeout(follow, 500);
}
document.addEventListener("visibilitychange", followOnce);

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
  if (moved(event)) return event.preventDefault();
  // The key of a box that somebody is in already.
  if (event.target.matches("input[data-key]") && event.key === event.target.dataset.key && event.target.selectionStart === 0) {
    event.target.select();
    return event.preventDefault();
  }
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]")) return;
  if (step(event)) return event.preventDefault();
  const item = document.activeElement.closest("[data-item]") ?? (document.activeElement.matches("[data-came]") ? document.querySelector("[data-item]") : null);
  const here = item?.querySelector(`[data-key-here="${CSS.escape(event.key.toLowerCase())}"]`);
  const pressed = here ?? [...document.querySelectorAll(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)].find((each) => each.checkVisibility());
  if (!pressed) return;
  event.preventDefault();
  // What goes to another bureau is asked back for: Enter sends it.
  if (pressed.matches("[data-asks-back]")) return pressed.focus();
  if (pressed.matches("input, textarea, select")) pressed.focus();
  // Another text replaces the one that was searched.
  if (pressed.matches("[type=search]")) pressed.select();
  // A choice is made, and Enter sends it.
  if (!pressed.matches("textarea, select, input:not([type=radio], [type=checkbox])")) pressed.click();
});

// Clocks: `<time data-due>` runs down to its time, with units in the language of the page, and says when it has passed.
const units = {};
function inUnit(number, unit) {
  units[unit] ??= new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit, unitDisplay: "short" });
  return units[unit].format(number);
}

function tick() {
  for (const clock of document.querySelectorAll("time[data-due]")) {
    const seconds = Math.round((Date.parse(clock.dateTime) - Date.now()) / 1000);
    const [hours, minutes, rest] = [Math.floor(Math.abs(seconds) / 3600), Math.floor(Math.abs(seconds) / 60) % 60, Math.abs(seconds) % 60];
    const days = Math.floor(hours / 24);
    const parts = days > 1 ? [inUnit(days, "day"), inUnit(hours % 24, "hour")] : hours ? [inUnit(hours, "hour"), inUnit(minutes, "minute")] : [inUnit(minutes, "minute"), inUnit(rest, "second")];
    clock.textContent = `${seconds < 0 ? "− " : ""}${parts.join(" ")}`;
    clock.classList.toggle("late", seconds < 0);
    clock.classList.toggle("soon", seconds >= 0 && seconds < 120);
  }
}

// A list to choose from: what is typed narrows it, and what is chosen is said in a line.
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-filter]")) return;
  const wanted = target.value.trim().toLowerCase();
  for (const each of document.querySelectorAll(target.dataset.filter)) each.hidden = !each.textContent.toLowerCase().includes(wanted);
});

function sayChosen(line) {
  const chosen = [...line.closest("form").querySelectorAll(`input[name="${CSS.escape(line.dataset.chosen)}"]:checked`)];
  line.textContent = chosen.map((each) => each.value).join(", ") || line.dataset.none;
}

document.addEventListener("change", ({ target }) => {
  for (const line of target.form?.querySelectorAll("[data-chosen]") ?? []) sayChosen(line);
});

// Files on their way: the same form, sent so that the page sees how far they are.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const bar = form.querySelector("progress");
  if (!form.matches("[data-progress]") || !bar || ![...form.querySelectorAll("input[type=file]")].some((each) => each.files.length)) return;
  event.preventDefault();
  const sending = new XMLHttpRequest();
  const buttons = form.querySelectorAll("button");
  const idle = (isIdle) => {
    bar.hidden = isIdle;
    for (const each of buttons) each.disabled = !isIdle;
  };
  sending.upload.onprogress = ({ loaded, total }) => { bar.value = total ? loaded / total : 0; };
  // All has been sent: the gateway seals it now, which no bar can show.
  sending.upload.onload = () => bar.removeAttribute("value");
  sending.onload = () => {
    if (sending.status < 400) location.assign(sending.responseURL);
    else showRefusal(form, sending.responseText);
    idle(true);
  };
  // Without the answer the browser's own way says what is wrong.
  sending.onerror = () => { idle(true); form.removeAttribute("data-progress"); form.requestSubmit(); };
  sending.open("POST", form.action);
  const fields = new FormData(form, event.submitter);
  idle(false);
  sending.send(fields);
});

// The page that says what is wrong takes the place of this one, and keeps the files that were chosen.
function showRefusal(form, markup) {
  const page = new DOMParser().parseFromString(inert(markup), "text/html");
  const shown = page.querySelector("main");
  // The purpose that the refusal speaks of.
  document.querySelector(".purpose")?.replaceWith(page.querySelector(".purpose"));
  for (const old of form.querySelectorAll("input[type=file]")) shown.querySelector(`#${CSS.escape(old.id)}`)?.replaceWith(old);
  for (const each of shown.querySelectorAll("[data-files-lost]")) each.closest(".note").remove();
  document.querySelector("main").replaceWith(shown);
  window.htmx?.process(shown);
  prepare(document);
  (shown.querySelector("[autofocus]") ?? shown).focus();
}

function prepare(root) {
  for (const line of root.querySelectorAll("[data-chosen]")) sayChosen(line);
  for (const element of root.querySelectorAll("[data-keys-switch]")) element.checked = keysAreOn();
  document.documentElement.classList.toggle("without-keys", !keysAreOn());
  forgetOwnChoice();
  arrive();
  keepItem();
  tick();
}

prepare(document);
followOnce();
setInterval(tick, 1000);
