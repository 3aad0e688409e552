// What the page has of a comparison that it has not got whole: the kernel tells of most cells only how they stand.

const STATUSES = ["waiting", "answering", "answered", "failed", "stopped"]; // as the kernel numbers them
const ROWS_AROUND = 15; // before and behind those in sight
const ROWS_AT_ONCE = 60;
const PATIENCE = 3000; // milliseconds until it is asked again

async function unpacked(buffer) {
  const stream = new Blob([buffer]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// Tells answers how they stand, from the columns of the kernel; gives those that were told.
function toldInShort(answers, columns) {
  const cut = new Set(columns.cut);
  const names = Object.keys(columns.scores);
  return columns.index.map((index, number) => {
    const [good, comment] = columns.rated[index] ?? [null, ""];
    const scores = {};
    for (const name of names) {
      const value = columns.scores[name][number];
      if (value !== null) scores[name] = value;
    }
    const figures = ["first_token_s", "total_s", "tokens", "tokens_per_s"].map((name) => columns[name][number]);
    answers[index].stands({
      status: STATUSES[columns.status[number]], says: columns.says[number], sketch: columns.sketch[number], figures,
      cut: cut.has(index), good, comment, scores: names.length ? scores : null,
    });
    return answers[index];
  });
}

function isLacking(table, number) {
  return table.prompts[number] === undefined || answersOf(table, number).some((one) => one.lacks);
}

// Wants the rows about those in sight from the kernel, one request after the other. send(numbers) asks for rows.
function fetching(table, send) {
  const { rows, pane } = table;
  let waiting = null;
  const look = () => {
    if (waiting !== null || !pane.clientHeight) return;
    const [first, last] = rows.sight();
    const about = rows.shown.slice(Math.max(0, first - ROWS_AROUND), last + ROWS_AROUND);
    const numbers = about.filter((number) => isLacking(table, number)).slice(0, ROWS_AT_ONCE);
    if (!numbers.length) return;
    waiting = setTimeout(() => {
      waiting = null;
      look();
    }, PATIENCE);
    send(numbers);
  };
  const stop = () => {
    clearTimeout(waiting);
    waiting = null;
  };
  return {
    look,
    stop,
    // The kernel has told of rows.
    take(prompts) {
      for (const [number, prompt] of Object.entries(prompts)) {
        table.prompts[number] = prompt;
        const row = rows.rowAt(Number(number));
        if (row) say(row.prompt, prompt);
      }
      stop();
      look();
    },
  };
}
