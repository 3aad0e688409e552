// How the answers of a row stand beside one another: which say the same, and what the numbers are beside the baseline's.

const FIGURES = [ // place among the figures that the kernel tells, name of its words, digits behind the point, unit
  [0, "first_token", 2, " s"],
  [3, "speed", 1, ""],
  [2, "tokens", 0, ""],
];

// Whether an earlier repeat says the same, and so stands for this one.
function isRepeated(one) {
  if (!one.repeat || one.status !== "answered") return false;
  return repeatsLike(one)[0] !== one;
}

// The repeats that say the same as this one, and what is to be known of them.
function repeatsLike(one) {
  if (one.status !== "answered") return [one];
  const like = (other) => other.status === "answered" && other.says === one.says && other.own.join("\n") === one.own.join("\n");
  return answersIn(one.table, one.prompt, one.candidate).filter(like);
}

function saysTheSame(one, other) {
  return one.status === "answered" && other.status === "answered" && one.says === other.says;
}

// What is to be seen in a row besides its answers: repeats that are identical are one, with their number, answers that say
// the same as the baseline's are marked, and their numbers stand beside the baseline's.
function compared(table, order, row) {
  const { words } = table;
  const [baseline] = order;
  const base = answersIn(table, row.number, baseline);
  for (const candidate of order) {
    const answers = answersIn(table, row.number, candidate);
    for (const one of answers) {
      const alike = repeatsLike(one);
      one.drawn.node.hidden = alike[0] !== one;
      one.drawn.node.toggleAttribute("data-alone", alike.length === answers.length);
      const beside = candidate === baseline ? null : base[one.repeat];
      const same = beside && saysTheSame(one, beside);
      one.mark([alike.length > 1 && words.alike.replace("{}", alike.length), same && words.same].filter(Boolean));
      numbered(one, beside);
    }
  }
}

// The numbers of an answer, quietly, each with how it differs from that of the answer beside it.
function numbered(one, beside) {
  const { words, candidates } = one.table;
  const told = FIGURES.map(([place, name, digits, unit]) => {
    const value = one.figures?.[place];
    if (value === null || value === undefined) return null;
    const base = beside?.status === "answered" ? beside.figures?.[place] : undefined;
    return figure(words, words[`figure_${name}`], value, base, digits, unit, candidates[beside?.candidate]);
  });
  const scored = Object.entries(one.scores ?? {}).map(([name, value]) => (
    figure(words, name, value, beside?.scores?.[name], Number.isInteger(value) ? 0 : 2, "", candidates[beside?.candidate])
  ));
  const all = [...told, ...scored].filter(Boolean);
  one.drawn.numbers.replaceChildren(...all);
  one.drawn.numbers.hidden = !all.length;
}

function figure(words, name, value, base, digits, unit, baseline) {
  const node = element("span", "wb-number-of", { dir: "auto" }, `${name} `, element("b", "", {}, amount(words, value, digits) + unit));
  const by = base === null || base === undefined ? 0 : value - base;
  const shown = amount(words, Math.abs(by), Math.max(digits, Number.isInteger(by) ? 0 : digits || 2));
  if (!by || !/[1-9]/.test(shown)) return node;
  const delta = element("span", "wb-delta", {}, `${by > 0 ? "+" : "−"}${shown}`);
  delta.title = words[by > 0 ? "more_than" : "less_than"].replace("{}", `${shown}${unit}`).replace("{baseline}", baseline);
  node.append(" ", delta);
  return node;
}

const amounts = new Map(); // how numbers are written, by language and digits, as it takes long to make one

function amount({ locale }, value, digits) {
  const key = `${locale} ${digits}`;
  if (!amounts.has(key)) {
    amounts.set(key, new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return amounts.get(key).format(value);
}
