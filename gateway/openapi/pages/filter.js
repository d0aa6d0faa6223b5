// Filters operations by all words of a text, and shows tags in their groups (`x-tagGroups`).

export function filterPlugin({ React }) {
  return {
    fn: { opsFilter: (tags, text) => filtered(tags, words(text)) },
    components: { FilterContainer: filterField(React) },
    statePlugins: {
      spec: { wrapSelectors: { taggedOperations: inOrderOfGroups } },
      layout: { wrapSelectors: { isShown: shownWhileFiltered } },
    },
    wrapComponents: { OperationTag: withHeadingOfGroup(React) },
  };
}

function filterField(React) {
  return function FilterField({ layoutSelectors, layoutActions, specSelectors }) {
    const text = filterText(layoutSelectors);
    const found = specSelectors.taggedOperations().reduce((sum, tag) => sum + tag.get("operations").size, 0);
    return React.createElement(
      "div",
      { className: "filter-operations" },
      React.createElement("input", {
        type: "search",
        placeholder: "Filter operations",
        "aria-label": "Filter operations",
        value: text,
        onChange: (event) => layoutActions.updateFilter(event.target.value || true),
      }),
      React.createElement("output", null, found === 1 ? "1 operation" : `${found} operations`),
    );
  };
}

// Without a text it is true.
function filterText(layoutSelectors) {
  const filter = layoutSelectors.currentFilter();
  return typeof filter === "string" ? filter : "";
}

function words(text) {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

function filtered(tags, wanted) {
  return tags
    .map((tag, name) => tag.update("operations", (operations) => operations.filter((each) => fits(each, name, wanted))))
    .filter((tag) => tag.get("operations").size);
}

function fits(operation, tag, wanted) {
  const described = ["operationId", "summary", "description"].map((key) => operation.getIn(["operation", key], ""));
  const text = [tag, operation.get("method"), operation.get("path"), ...described].join(" ").toLowerCase();
  return wanted.every((word) => text.includes(word));
}

function groups(specSelectors) {
  return specSelectors.specJson().get("x-tagGroups")?.toJS() ?? [];
}

function inOrderOfGroups(original, { specSelectors }) {
  return (_, ...rest) => {
    const order = groups(specSelectors).flatMap((group) => group.tags);
    const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
    return original(...rest).sortBy((_, name) => place(name));
  };
}

function shownWhileFiltered(original, { layoutSelectors }) {
  return (_, thing, otherwise) =>
    (thing[0] === "operations-tag" && filterText(layoutSelectors) !== "") || original(thing, otherwise);
}

function withHeadingOfGroup(React) {
  return (OperationTag, { specSelectors }) =>
    function GroupedTag(props) {
      const { tag } = props;
      const group = groups(specSelectors).find((each) => each.tags.includes(tag));
      const first = group && specSelectors.taggedOperations().findKey((_, name) => group.tags.includes(name));
      const heading = first === tag && React.createElement("h2", { className: "group" }, group.name);
      return React.createElement(React.Fragment, null, heading, React.createElement(OperationTag, props));
    };
}
