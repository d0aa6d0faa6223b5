// What the checks ask of a page, in the page.
({
  // Returns what is wider than the window, if anything is.
  tooWide() {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return null;
    const isOut = (each) => {
      const box = each.getBoundingClientRect();
      return box.width && (box.right > root.clientWidth + 1 || box.left < -1);
    };
    const name = (each) => `${each.tagName}${each.id && `#${each.id}`}.${each.getAttribute("class") ?? ""}`;
    const out = [...document.body.querySelectorAll("*")].filter(isOut).map(name);
    return `${root.scrollWidth} px wide: ${out.slice(0, 4).join(" ")}`;
  },

  // Follows the focus: which controls it has not reached yet, and where it was not seen. A group of radio buttons is one.
  followFocus() {
    const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";
    const name = (each) => `${each.tagName.toLowerCase()} ${each.id || each.name || each.textContent.trim().slice(0, 30)}`;
    const isVisible = (each) => each.checkVisibility({ visibilityProperty: true });
    const group = (each) =>
      each.type === "radio" ? [...document.getElementsByName(each.name)].filter(({ form }) => form === each.form) : [each];
    const first = (each) => group(each).find(({ checked }) => checked) ?? group(each)[0];
    const isReached = (each) => each.tabIndex >= 0 && !each.disabled && isVisible(each) && first(each) === each;
    const left = new Set([...document.querySelectorAll(CONTROLS)].filter(isReached));
    const unseen = [];
    document.addEventListener("focusin", ({ target }) => {
      for (const each of group(target)) left.delete(each);
      const { outlineStyle, outlineWidth } = getComputedStyle(target);
      const { width, height } = target.getBoundingClientRect();
      if (outlineStyle === "none" || parseFloat(outlineWidth) < 2 || width <= 2 || height <= 2) unseen.push(name(target));
    });
    return { left, unseen, names: () => [...left].map(name) };
  },

  // Returns what is printed that does nothing on paper.
  notForPaper() {
    const all = [...document.querySelectorAll("body > header, body > footer, .skip, button, select, input")];
    return all.filter((each) => each.checkVisibility()).map((each) => `${each.tagName}.${each.className}`);
  },

  // Returns what texts of others became in a page: its own scripts are files, and it has no handlers in its markup.
  fromData() {
    const made = document.querySelectorAll("[src=x], b[autofocus], a[href^='javascript:' i], svg[onload], script:not([src])");
    const handles = (each) => [...each.attributes].some(({ name }) => /^(on|hx-on)/i.test(name));
    const handlers = [...document.querySelectorAll("*")].filter(handles);
    return [...made, ...handlers].map((each) => each.outerHTML.slice(0, 200));
  },
})
