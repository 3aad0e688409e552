// JSON as a tree that unfolds, from text nodes alone.

const OPEN_TO = 2; // levels that are unfolded from the beginning
const MOST_CHILDREN = 500; // of one array or object; a page with more would be slow
const DEEPEST_JSON = 60;

// The value of an answer that is JSON, be it in a fence of Markdown; undefined of any other. Only objects and arrays count.
function jsonOf(text) {
  const bare = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
  if (!/^\s*[[{]/.test(bare)) return undefined;
  try {
    return JSON.parse(bare);
  } catch {
    return undefined;
  }
}

function jsonTree(value) {
  return element("div", "wb-json", {}, jsonNode(value, null, 0));
}

function jsonNode(value, key, depth) {
  const named = key === null ? [] : [element("span", "wb-key", {}, key), ": "];
  if (value === null || typeof value !== "object" || depth > DEEPEST_JSON) {
    const kind = value === null ? "null" : typeof value;
    return element("div", "wb-leaf", { dir: "auto" }, ...named, element("span", `wb-${kind}`, {}, JSON.stringify(value)));
  }
  const isList = Array.isArray(value);
  const entries = isList ? value.map((one, number) => [String(number), one]) : Object.entries(value);
  const size = element("span", "wb-size", {}, isList ? `[${entries.length}]` : `{${entries.length}}`);
  if (!entries.length) return element("div", "wb-leaf", {}, ...named, size);
  const children = entries.slice(0, MOST_CHILDREN).map(([name, one]) => jsonNode(one, name, depth + 1));
  if (entries.length > MOST_CHILDREN) children.push(element("div", "wb-leaf", {}, "…"));
  const inside = element("div", "wb-children", {}, ...children);
  const node = element("details", "", {}, element("summary", "", { dir: "auto" }, ...named, size), inside);
  node.open = depth < OPEN_TO;
  return node;
}
