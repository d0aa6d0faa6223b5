// Reads the document fast. Swagger UI parses it as YAML, and walks all of it for each operation that is opened, which
// takes seconds. This document is JSON, and all its references are local (`#/...`).

export function resolvePlugin() {
  return {
    fn: {
      resolveSubtree: async (document, path) => ({ spec: resolved(document, at(document, path)), errors: [] }),
    },
    statePlugins: {
      spec: {
        wrapActions: {
          parseToJson: (original, { specActions }) => (text) => specActions.updateJsonSpec(JSON.parse(text)),
        },
      },
    },
  };
}

function at(document, path) {
  return path.reduce((part, key) => part?.[key], document);
}

// Replaces references by what they refer to, except inside themselves.
function resolved(document, part, within = []) {
  if (Array.isArray(part)) return part.map((each) => resolved(document, each, within));
  if (part === null || typeof part !== "object") return part;
  const { $ref: reference, ...beside } = part;
  if (typeof reference === "string" && reference.startsWith("#/")) {
    if (within.includes(reference)) return part;
    const path = reference.slice(2).split("/").map((key) => decodeURIComponent(key).replace(/~1/g, "/").replace(/~0/g, "~"));
    return { ...resolved(document, at(document, path), [...within, reference]), ...beside };
  }
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, resolved(document, value, within)]));
}
