// Which rows of a comparison are seen, and in which order: by how answers ended, differ and were scored, and what stands in them.

const FILTERS = ["all", "failed", "cut", "differing", "identical", "disagreeing", "one_wrong", "all_wrong", "slowest", "rated"];
const SORTS = ["prompts", "slowest", "longest", "different"];
const BESIDE_OTHERS = ["differing", "identical", "disagreeing", "different"]; // need two columns
const RIGHT_OR_WRONG = ["one_wrong", "all_wrong"]; // need scores
const MOST_FOUND = 1000; // places that are marked in the page
const LOOKED_EVERY = 300; // milliseconds in which a change of the answers may change what is seen

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

// A select whose options can change; what was chosen stays chosen as long as it is there.
function choiceOf(label, changed) {
  const node = element("select", "wb-input wb-choice", { "aria-label": label });
  node.addEventListener("change", changed);
  return {
    node,
    get value() { return node.value; },
    offer(options) {
      const key = JSON.stringify(options);
      if (node.dataset.offered === key) return;
      const before = node.value;
      node.dataset.offered = key;
      node.replaceChildren(...options.map(([value, text, title]) => element("option", "", { value, ...(title ? { title } : {}) }, text)));
      node.value = options.some(([value]) => value === before) ? before : options[0][0];
    },
  };
}

// Args: table; words; order() gives the candidates shown; find(text) asks the kernel where a text stands; more are nodes that
// stand at the end.
function filters({ table, words, order, find, more }) {
  const { rows, answers } = table;
  const search = element("input", "wb-input wb-search", { type: "search", placeholder: words.search_hint, "aria-label": words.search });
  const count = element("span", "wb-quiet wb-count", { role: "status" });
  const none = element("p", "wb-none wb-quiet", { hidden: "" }, words.no_rows);
  let due = null; // a frame
  let later = null; // a timer
  let names = new Map(); // of scores
  let scored = false; // since they were looked at
  let found = { text: "", answers: new Set(), prompts: new Set() }; // by the kernel
  const soon = () => { due ??= requestAnimationFrame(() => apply()); };
  const chosen = choiceOf(words.show, soon);
  const sort = choiceOf(words.sort, () => apply(false));
  const node = element("div", "wb-tools", { role: "group", "aria-label": words.tools }, chosen.node, sort.node, search, count, ...more);
  table.pane.append(none);

  const wanted = () => search.value.trim().toLowerCase();
  const binary = () => [...names].filter(([, isBinary]) => isBinary).map(([name]) => name);
  const wrong = () => words.wrong_means.replace("{}", () => binary().join(", "));
  const offer = () => {
    const isPossible = (name) => (order().length > 1 || !BESIDE_OTHERS.includes(name)) && (binary().length > 0 || !RIGHT_OR_WRONG.includes(name));
    const scored = [...names].map(([name, isBinary]) => [`score ${name}`, words[isBinary ? "wrong_by" : "lowest_by"].replace("{}", () => name)]);
    const title = (name) => (RIGHT_OR_WRONG.includes(name) ? wrong() : "");
    chosen.offer([...FILTERS.filter(isPossible).map((name) => [name, words.filters[name], title(name)]), ...scored]);
    const lowest = [...names.keys()].map((name) => [`score ${name}`, words.lowest_first.replace("{}", () => name)]);
    sort.offer([...SORTS.filter(isPossible).map((name) => [name, words.sorts[name]]), ...lowest]);
  };

  const measureOf = (name) => MEASURES[name] ?? lowestScore(name.slice("score ".length));
  const isShown = (each, baseline) => {
    const filter = chosen.value;
    if (filter === "slowest" || (filter.startsWith("score ") && !names.get(filter.slice("score ".length)))) {
      const measure = measureOf(filter);
      const isGreat = greatestTenth(each.map(([, some]) => measure(some, baseline)));
      return (_, some) => isGreat(measure(some, baseline));
    }
    if (filter.startsWith("score ")) {
      const name = [filter.slice("score ".length)];
      return (_, some) => wrongOnes(some, name)[1] > 0;
    }
    return (_, some) => meets(filter, some, baseline, binary());
  };
  const says = (text) => (number, some) => {
    const known = found.text === text;
    return table.prompts[number]?.toLowerCase().includes(text) || (known && found.prompts.has(number))
      || some.some((one) => one.said.toLowerCase().includes(text) || (known && found.answers.has(one.index)));
  };
  // The rows and those of their answers whose columns are shown.
  const all = (shown) => {
    const numbers = Array.from({ length: table.count }, (_, number) => number);
    if (shown.length === table.candidates.length) return numbers.map((number) => [number, answersOf(table, number)]);
    return numbers.map((number) => [number, shown.flatMap((candidate) => answersIn(table, number, candidate))]);
  };

  // Shows what is to be seen; `keep` a reader's row in its place.
  const apply = (keep = true) => {
    if (due !== null) cancelAnimationFrame(due);
    due = null;
    offer();
    const shown = order();
    const [baseline] = shown;
    const text = wanted();
    const isFiltered = chosen.value !== "all" || text !== "";
    let seen = all(shown);
    if (isFiltered) {
      const fits = isShown(seen, baseline);
      const has = text ? says(text) : () => true;
      seen = seen.filter(([number, some]) => has(number, some) && fits(number, some));
    }
    const measure = sort.value === "prompts" ? null : measureOf(sort.value);
    const numbers = measure ? sorted(seen.map(([number, some]) => [number, measure(some, baseline)])) : seen.map(([number]) => number);
    const isOther = numbers.length !== rows.shown.length || numbers.some((number, place) => rows.shown[place] !== number);
    if (isOther || !keep) rows.show(numbers, keep);
    table.table.setAttribute("aria-rowcount", String(numbers.length + 1));
    none.hidden = numbers.length > 0;
    const told = words.shown_rows.replace("{}", numbers.length.toLocaleString(words.locale)).replace("{all}", table.count.toLocaleString(words.locale));
    say(count, [isFiltered && told, RIGHT_OR_WRONG.includes(chosen.value) && wrong()].filter(Boolean).join(" · "));
    mark();
  };
  const mark = () => highlighted(rows.inPage.map((row) => row.node), wanted());
  const isActive = () => chosen.value !== "all" || sort.value !== "prompts" || wanted() !== "";
  const lookAgain = () => {
    later = null;
    if (scored) names = scoreNames(answers);
    scored = false;
    offer();
    if (!isActive()) return;
    ask();
    apply();
  };
  const ask = () => { if (wanted()) find(wanted()); };
  search.addEventListener("input", () => {
    soon();
    ask();
  });
  offer();
  return {
    node,
    apply,
    // Answers have changed: only where that may matter.
    changed(ones) {
      scored ||= ones.some((one) => one.scores);
      if (scored || isActive()) later ??= setTimeout(lookAgain, LOOKED_EVERY);
    },
    // The kernel has found a text.
    take(told) {
      if (told.found !== wanted()) return;
      found = { text: told.found, answers: new Set(told.answers), prompts: new Set(told.prompts) };
      apply();
    },
    // Other rows are in the page.
    moved() {
      if (wanted()) mark();
    },
    stop() {
      if (due !== null) cancelAnimationFrame(due);
      clearTimeout(later);
      highlighted([], "");
    },
  };
}
