// How the answers of a row stand beside one another: which say the same, and what the numbers are beside the baseline's.

const FIGURES = [ // place among the figures that the kernel tells, name of its words, digits behind the point
  [0, "figure_first_token", 2],
  [3, "figure_speed", 1],
  [2, "figure_tokens", 0],
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
  const base = beside?.status === "answered" ? beside : null;
  const told = FIGURES.map(([place, name, digits]) => [words[name], one.figures?.[place], base?.figures?.[place], digits]);
  const scored = Object.entries(one.scores ?? {}).map(([name, value]) => (
    [words.figure_score.replace("{name}", () => name), value, base?.scores?.[name], Number.isInteger(value) ? 0 : 2]
  ));
  const known = [...told, ...scored].filter(([, value]) => typeof value === "number");
  one.drawn.numbers.replaceChildren(...known.map(([phrase, value, other, digits]) => {
    const [before, behind] = parted(phrase);
    const number = element("b", "", {}, amount(words, value, digits));
    const node = element("span", "wb-figure", { dir: "auto" }, before, number, behind);
    if (typeof other === "number") node.append(...delta(words, phrase, value - other, digits, candidates[base.candidate]));
    return node;
  }));
  one.drawn.numbers.hidden = !known.length;
}

// What stands before and behind the place of a number, which is the last one: a score may be called anything.
function parted(phrase) {
  const at = phrase.lastIndexOf("{}");
  return [phrase.slice(0, at), phrase.slice(at + 2)];
}

// By how much a number differs, with its sign and, for whoever points at it, in words; nothing where it does not.
function delta(words, phrase, by, digits, baseline) {
  const shown = amount(words, Math.abs(by), Number.isInteger(by) ? digits : digits || 2);
  if (!/[1-9]/.test(shown)) return [];
  const [before, behind] = parted(phrase);
  const title = words[by > 0 ? "more_than" : "less_than"].replace("{}", () => `${before}${shown}${behind}`).replace("{baseline}", () => baseline);
  return [" ", element("span", "wb-delta", { title }, `${by > 0 ? "+" : "−"}${shown}`)];
}

const amounts = new Map(); // how numbers are written, by language and digits, as it takes long to make one

function amount({ locale }, value, digits) {
  const key = `${locale} ${digits}`;
  if (!amounts.has(key)) {
    amounts.set(key, new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return amounts.get(key).format(value);
}
