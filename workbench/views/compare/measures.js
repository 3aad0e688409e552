// By what the rows of a comparison are filtered and sorted: all from what is known of every answer without its text.

const SLOWEST_SHARE = 0.1;
const TOTAL_S = 1; // places among the figures of an answer
const TOKENS = 2;

function answeredOf(answers) {
  return answers.filter((one) => one.status === "answered");
}

function greatest(answers, value) {
  let most = null;
  for (const one of answers) {
    const found = value(one);
    if (found !== null && found !== undefined && (most === null || found > most)) most = found;
  }
  return most;
}

// How many of the 48 bits differ.
function bitsApart(one, other) {
  const half = 2 ** 24;
  let count = 0;
  for (let bits of [(one % half) ^ (other % half), Math.floor(one / half) ^ Math.floor(other / half)]) {
    for (; bits; bits &= bits - 1) count += 1;
  }
  return count;
}

// How much of the words differ between the baseline's answers and those that differ most from them.
function difference(answers, baseline) {
  return greatest(answers, (one) => {
    if (one.status !== "answered" || one.candidate === baseline) return null;
    const beside = answers.find((other) => other.candidate === baseline && other.repeat === one.repeat);
    if (beside?.status !== "answered") return null;
    return one.says === beside.says ? 0 : bitsApart(one.sketch, beside.sketch) + 0.5; // other words, or another order
  });
}

// What a row is measured by, greater first; null where that is not known.
const figureOf = (place) => (one) => (one.status === "answered" && one.figures ? one.figures[place] : null);
const MEASURES = {
  slowest: (answers) => greatest(answers, figureOf(TOTAL_S)),
  longest: (answers) => greatest(answers, figureOf(TOKENS)),
  different: (answers, baseline) => difference(answers, baseline),
};

function lowestScore(name) {
  return (answers) => greatest(answers, (one) => (one.scores?.[name] === undefined || one.scores[name] === null ? null : -one.scores[name]));
}

// The numbers of the rows in the order of a measure; rows of which it is not known stay behind, in the order of the prompts.
function sorted(measured) {
  const known = measured.filter(([, value]) => value !== null);
  known.sort((one, other) => other[1] - one[1] || one[0] - other[0]);
  return [...known, ...measured.filter(([, value]) => value === null)].map(([number]) => number);
}

// Whether a value is among the greatest tenth of those that are known: all that reach the last of them.
function greatestTenth(all) {
  const values = Float64Array.from(all.filter((value) => value !== null)).sort().reverse();
  const least = values[Math.ceil(values.length * SLOWEST_SHARE) - 1];
  return (value) => value !== null && values.length > 0 && value >= least;
}

// The names of all scores, and which of them say only right or wrong, as 1 and 0.
function scoreNames(answers) {
  const names = new Map();
  for (const { scores } of answers) {
    for (const name in scores) {
      const value = scores[name];
      if (value !== null) names.set(name, (names.get(name) ?? true) && (value === 0 || value === 1));
    }
  }
  return names;
}

// Of the candidates that were scored: how many, and how many are wrong, in one of their repeats at least.
function wrongOnes(answers, names) {
  const wrong = new Map();
  for (const one of answers) {
    for (const name of names) {
      const value = one.scores?.[name];
      if (value === 0 || value === 1) wrong.set(one.candidate, wrong.get(one.candidate) || value === 0);
    }
  }
  return [wrong.size, [...wrong.values()].filter(Boolean).length];
}

// Whether the candidates that answered do not all say the same, in one of the repeats at least.
function disagrees(answers) {
  const said = new Map();
  for (const one of answeredOf(answers)) {
    if (said.has(one.repeat) && said.get(one.repeat) !== one.says) return true;
    said.set(one.repeat, one.says);
  }
  return false;
}

// Whether a row is like that. `binary` are the names of scores that say only right or wrong.
function meets(filter, answers, baseline, binary) {
  const others = answers.filter((one) => one.candidate !== baseline);
  const base = (one) => answers.find((other) => other.candidate === baseline && other.repeat === one.repeat);
  const both = others.filter((one) => one.status === "answered" && base(one)?.status === "answered");
  const same = (one) => saysTheSame(one, base(one));
  switch (filter) {
    case "failed": return answers.some((one) => one.status === "failed" || one.status === "stopped");
    case "cut": return answers.some((one) => one.cut);
    case "differing": return both.some((one) => !same(one));
    case "identical": return others.length > 0 && both.length === others.length && both.every(same);
    case "disagreeing": return disagrees(answers);
    case "one_wrong": {
      const [scored, wrong] = wrongOnes(answers, binary);
      return scored > 1 && wrong === 1;
    }
    case "all_wrong": {
      const [scored, wrong] = wrongOnes(answers, binary);
      return scored > 0 && wrong === scored;
    }
    case "rated": return answers.some(isRated);
    default: return true;
  }
}
