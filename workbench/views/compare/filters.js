// Which rows of a comparison are seen: by how answers ended, by where they differ from the baseline, by what stands in them.

const FILTERS = ["all", "failed", "cut", "differing", "identical", "rated"];
const MOST_FOUND = 1000; // places that are marked in the page

function meets(filter, answers, baseline) {
  const others = answers.filter((one) => one.candidate !== baseline);
  const base = (one) => answers.find((other) => other.candidate === baseline && other.repeat === one.repeat);
  const both = others.filter((one) => one.status === "answered" && base(one)?.status === "answered");
  const same = (one) => one.said.trim() === base(one).said.trim();
  switch (filter) {
    case "failed": return answers.some((one) => one.status === "failed" || one.status === "stopped");
    case "cut": return answers.some((one) => one.cut);
    case "differing": return both.some((one) => !same(one));
    case "identical": return others.length > 0 && both.length === others.length && both.every(same);
    case "rated": return answers.some(isRated);
    default: return true;
  }
}

// Marks where a text was found, without a change of the page.
function highlighted(rows, wanted) {
  if (!globalThis.CSS?.highlights) return;
  const found = [];
  for (const row of wanted ? rows : []) {
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    while (found.length < MOST_FOUND && walker.nextNode()) {
      if (!walker.currentNode.parentNode.closest(".wb-block, .wb-prompt")) continue;
      const text = walker.currentNode.data.toLowerCase();
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, Math.min(at + wanted.length, walker.currentNode.length));
        found.push(range);
      }
    }
  }
  if (found.length) CSS.highlights.set("wb-found", new Highlight(...found));
  else CSS.highlights.delete("wb-found");
}

// Args: table; words; order() gives the candidates shown; more are nodes that stand at the end.
function filters({ table, words, order, more }) {
  const choice = element("select", "wb-input", { "aria-label": words.show });
  const options = FILTERS.map((filter) => element("option", "", { value: filter }, words.filters[filter]));
  choice.append(...options);
  const search = element("input", "wb-input wb-search", { type: "search", placeholder: words.search_hint, "aria-label": words.search });
  const count = element("span", "wb-quiet wb-count", { role: "status" });
  const none = element("p", "wb-none wb-quiet", { hidden: "" }, words.no_rows);
  table.pane.append(none);
  const node = element("div", "wb-tools", { role: "group", "aria-label": words.tools }, choice, search, count, ...more);
  let due = null;
  const apply = () => {
    due = null;
    const shown = order();
    const [baseline] = shown;
    for (const number of [3, 4]) options[number].hidden = shown.length < 2;
    const wanted = search.value.trim().toLowerCase();
    const active = choice.value !== "all" || wanted !== "";
    const rows = [];
    for (const row of table.rows) {
      const answers = shown.flatMap((candidate) => answersIn(table, row.number, candidate));
      const says = !wanted || row.prompt.toLowerCase().includes(wanted) || answers.some((one) => one.said.toLowerCase().includes(wanted));
      row.node.hidden = active && !(says && meets(choice.value, answers, baseline));
      if (!row.node.hidden) rows.push(row.node);
    }
    none.hidden = rows.length > 0;
    say(count, active ? words.shown_rows.replace("{}", rows.length).replace("{all}", table.rows.length) : "");
    highlighted(rows, wanted);
  };
  const soon = () => { due ??= requestAnimationFrame(apply); };
  choice.addEventListener("change", soon);
  search.addEventListener("input", soon);
  return {
    node,
    apply,
    // Answers have changed: only where that may matter.
    changed() {
      if (choice.value !== "all" || search.value.trim()) soon();
    },
    stop() {
      if (due !== null) cancelAnimationFrame(due);
      highlighted([], "");
    },
  };
}

function answersIn(table, prompt, candidate) {
  const start = (prompt * table.candidates.length + candidate) * table.repeats;
  return table.answers.slice(start, start + table.repeats);
}

// What is to be seen in a row besides its answers: repeats that are identical are one, with their number, and answers that
// say the same as the baseline's are marked.
function compared(table, words, order, prompt) {
  const [baseline] = order;
  const base = answersIn(table, prompt, baseline);
  for (const candidate of order) {
    const answers = answersIn(table, prompt, candidate);
    for (const one of answers) {
      const ended = one.status === "answered";
      const alike = ended ? answers.filter((other) => other.status === "answered" && other.says === one.says) : [one];
      one.node.hidden = alike[0] !== one;
      one.node.toggleAttribute("data-alone", alike.length === answers.length);
      const other = base[one.repeat];
      const same = ended && candidate !== baseline && other.status === "answered" && other.said.trim() === one.said.trim();
      one.mark([alike.length > 1 && words.alike.replace("{}", alike.length), same && words.same].filter(Boolean));
    }
  }
}
