// The page /reference: its contents, or one chapter (the operations of a tag) in Redoc. All of them at once would take
// the browser ten seconds and half a gigabyte.

const METHODS = ["get", "post", "put", "patch", "delete"];
const LOOK = {
  nativeScrollbars: true,
  disableSearch: true,
  hideDownloadButton: true,
  hideHostname: true,
  scrollYOffset: ".bar",
  jsonSamplesExpandLevel: 3,
  theme: {
    colors: { primary: { main: "#0550ae" } },
    sidebar: { width: "17rem" },
    typography: {
      fontSize: "15px",
      fontFamily: "system-ui, sans-serif",
      headings: { fontFamily: "system-ui, sans-serif" },
      code: { fontFamily: "ui-monospace, 'DejaVu Sans Mono', monospace" },
    },
  },
};

const main = document.getElementById("chapter");
const api = await (await fetch("/openapi.json")).json();
const wanted = new URLSearchParams(location.search).get("tag") ?? "";
const tag = api.tags.find((each) => each.name === wanted);
fillChapters();
if (tag) {
  document.title = `i247: ${tag.name}`;
  Redoc.init(chapterOf(tag), LOOK, main);
} else {
  showContents();
}

// The groups of tags; a tag in none of them comes last.
function groups() {
  const grouped = api["x-tagGroups"] ?? [];
  const others = api.tags.map((each) => each.name).filter((name) => !grouped.some((group) => group.tags.includes(name)));
  return others.length ? [...grouped, { name: grouped.length ? "Others" : "", tags: others }] : grouped;
}

function operationsOf(name) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]?.tags?.includes(name)).map((method) => ({ path, method, ...item[method] })),
  );
}

// The document with the operations of one tag alone, which need no tag any more.
function chapterOf({ name, description }) {
  const paths = {};
  for (const { path, method, ...operation } of operationsOf(name)) (paths[path] ??= {})[method] = { ...operation, tags: undefined };
  const { ["x-tagGroups"]: _, tags, ...rest } = api;
  return { ...rest, info: { title: name, version: api.info.version, description }, paths };
}

function fillChapters() {
  const chapters = document.getElementById("chapters");
  for (const { name, tags } of groups()) {
    const options = tags.map((each) => new Option(each, each, each === wanted, each === wanted));
    chapters.append(name ? element("optgroup", { label: name }, ...options) : options[0], ...(name ? [] : options.slice(1)));
  }
  chapters.addEventListener("change", () => location.assign(chapters.value ? linkTo(chapters.value) : "/reference"));
}

function showContents() {
  const filter = element("input", { type: "search", placeholder: "Filter operations", ariaLabel: "Filter operations" });
  const sections = groups().flatMap(({ name, tags }) => [name && element("h2", {}, name), ...tags.map(sectionOf)]).filter(Boolean);
  filter.addEventListener("input", () => filterRows(filter.value));
  main.classList.add("contents");
  main.replaceChildren(element("h1", {}, "Reference"), element("p", {}, api.info.summary ?? ""), filter, ...sections);
}

function sectionOf(name) {
  const description = api.tags.find((each) => each.name === name)?.description ?? "";
  const rows = operationsOf(name).map((operation) =>
    element(
      "li",
      {},
      element("a", { href: `${linkTo(name)}#operation/${operation.operationId}` }, operation.summary ?? operation.operationId),
      element("code", {}, `${operation.method.toUpperCase()} ${operation.path}`),
    ),
  );
  return element("section", {}, element("h3", {}, element("a", { href: linkTo(name) }, name)), element("p", {}, description), element("ul", {}, ...rows));
}

function filterRows(text) {
  const words = text.toLowerCase().split(/\s+/);
  for (const row of main.querySelectorAll("li")) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  for (const section of main.querySelectorAll("section")) section.hidden = !section.querySelector("li:not([hidden])");
}

function linkTo(name) {
  return `/reference?tag=${encodeURIComponent(name)}`;
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
