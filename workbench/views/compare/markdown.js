// Markdown as elements that hold text nodes alone: no HTML, picture or link of a model's ever comes into being. An address
// stands behind the words that would lead to it.

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*(\S*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const INLINE = /(`+)(.+?)\1(?!`)|\*\*(.+?)\*\*|__(.+?)__|\*(\S(?:.*?\S)?)\*|\b_(\S(?:.*?\S)?)_\b|~~(.+?)~~|!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)/;
const DEEPEST = 8; // lists and quotes in each other; what is deeper stands as text

function isMarkdown(text) {
  return /^ {0,3}(#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|>|```|~~~)/m.test(text) || /\*\*\S|`[^`]+`|^\|.*\|/m.test(text);
}

function inline(text, depth = 0) {
  const parts = [];
  let rest = text;
  while (rest) {
    const found = depth < DEEPEST ? INLINE.exec(rest) : null;
    if (!found) break;
    if (found.index) parts.push(rest.slice(0, found.index));
    const [all, , code, strong, alsoStrong, em, alsoEm, gone, words, address] = found;
    const inner = strong ?? alsoStrong ?? em ?? alsoEm ?? gone;
    if (code !== undefined) parts.push(element("code", "", {}, code));
    else if (words !== undefined) parts.push(...inline(words, depth + 1), element("span", "wb-address", {}, ` (${address})`));
    else parts.push(element(strong ?? alsoStrong ? "strong" : gone ? "s" : "em", "", {}, ...inline(inner, depth + 1)));
    rest = rest.slice(found.index + all.length);
  }
  if (rest) parts.push(rest);
  return parts;
}

function cellsOf(line) {
  return line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
}

function tableOf(lines) {
  const row = (line, name) => element("tr", "", {}, ...cellsOf(line).map((cell) => element(name, "", {}, ...inline(cell))));
  const body = lines.slice(2).map((line) => row(line, "td"));
  return element("table", "", {}, element("thead", "", {}, row(lines[0], "th")), element("tbody", "", {}, ...body));
}

// The items of a list, each with the lines that are indented below it.
function listOf(lines, depth) {
  const [, , number] = ITEM.exec(lines[0]);
  const list = number === undefined ? element("ul") : element("ol", "", { start: number });
  const indent = /^\s*/.exec(lines[0])[0].length;
  let item = [];
  const close = () => {
    if (!item.length) return;
    const rest = item.slice(1).map((line) => line.replace(/^\s{1,4}/, ""));
    list.append(element("li", "", {}, ...inline(item[0]), ...blocks(rest, depth + 1)));
  };
  for (const line of lines) {
    const found = ITEM.exec(line);
    if (found && found[1].length <= indent + 1) {
      close();
      item = [found[3]];
    } else item.push(line);
  }
  close();
  return list;
}

// Takes lines from the beginning as long as they belong together; returns how many.
function counted(lines, start, belongs) {
  let end = start + 1;
  while (end < lines.length && belongs(lines[end], end)) end += 1;
  return end - start;
}

function blocks(lines, depth = 0) {
  if (depth > DEEPEST) return [element("p", "", {}, lines.join("\n"))];
  const made = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    let count = 1;
    if (!line.trim()) {
      at += 1;
      continue;
    }
    if (fence) {
      const inside = counted(lines, at, (one) => !one.trim().startsWith(fence[1]));
      made.push(element("pre", "", {}, element("code", "", {}, lines.slice(at + 1, at + inside).join("\n"))));
      count = inside + 1;
    } else if (heading) {
      made.push(element("p", `wb-heading wb-heading-${heading[1].length}`, { role: "heading", "aria-level": Math.min(heading[1].length + 3, 6) }, ...inline(heading[2])));
    } else if (RULE.test(line)) made.push(element("hr"));
    else if (QUOTE.test(line)) {
      count = counted(lines, at, (one) => QUOTE.test(one));
      const inner = lines.slice(at, at + count).map((one) => QUOTE.exec(one)[1]);
      made.push(element("blockquote", "", {}, ...blocks(inner, depth + 1)));
    } else if (ITEM.test(line)) {
      count = counted(lines, at, (one, next) => ITEM.test(one) || /^\s{2,}\S/.test(one) || (!one.trim() && /^\s{2,}\S/.test(lines[next + 1] ?? "")));
      made.push(listOf(lines.slice(at, at + count), depth));
    } else if (line.includes("|") && DIVIDER.test(lines[at + 1] ?? "") && lines[at + 1].includes("-")) {
      count = counted(lines, at, (one) => one.includes("|"));
      made.push(tableOf(lines.slice(at, at + count)));
    } else {
      count = counted(lines, at, (one) => one.trim() && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((kind) => kind.test(one)));
      made.push(element("p", "", {}, ...inline(lines.slice(at, at + count).join("\n"))));
    }
    at += count;
  }
  return made;
}

function markdown(text) {
  return element("div", "wb-markdown", { dir: "auto" }, ...blocks(text.split("\n")));
}
