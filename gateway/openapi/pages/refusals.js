// Shows the refusals of an operation in one line, and each of them behind a click.

export function refusalsPlugin({ React }) {
  return { wrapComponents: { responses: withRefusals(React.createElement, React.Fragment) } };
}

function withRefusals(h, Fragment) {
  return (Responses) =>
    function ResponsesAndRefusals(props) {
      const refusals = props.responses.filter((_, status) => isRefusal(status));
      const answers = props.responses.filterNot((_, status) => isRefusal(status));
      return h(
        Fragment,
        null,
        h(Responses, { ...props, responses: answers.size ? answers : props.responses }),
        refusals.size > 0 && answers.size > 0 && h(Refusals, { h, refusals: refusals.toJS() }),
      );
    };
}

function isRefusal(status) {
  return /^[45]/.test(status) || status === "default";
}

function Refusals({ h, refusals }) {
  const statuses = Object.keys(refusals).sort();
  return h(
    "details",
    { className: "refusals" },
    h("summary", null, "Refusals: ", statuses.map((status) => h("code", { key: status }, status))),
    statuses.map((status) => h(Refusal, { key: status, h, status, refusal: refusals[status] })),
  );
}

function Refusal({ h, status, refusal }) {
  const { examples = {}, example } = Object.values(refusal.content ?? {})[0] ?? {};
  const bodies = example === undefined ? Object.values(examples).map((each) => each.value) : [example];
  return h(
    "details",
    { className: "refusal" },
    h("summary", null, h("code", null, status), " ", withCode(h, refusal.description ?? "")),
    bodies.map((body, number) => h("pre", { key: number }, JSON.stringify(body, null, 2))),
  );
}

// Descriptions have codes between backticks.
function withCode(h, text) {
  return text.split("`").map((part, number) => (number % 2 ? h("code", { key: number }, part) : part));
}
