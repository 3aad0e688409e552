"""Cells for notebooks that drive the live view with scripted answers: a view is given data and knows no model."""

IMPORTS = """
import asyncio
from IPython.display import display
from workbench.notebook._place import show_in_place
from workbench.views import Answer, CompareView, comparison_table, comparison_text

def show_table(html, text):
    display({"text/html": html, "text/plain": text}, raw=True)
"""

# Two candidates answer the prompts side by side, word by word, until all is said or Stop was pressed.
RUN = """
async def run(prompts, candidates, text, seconds=0.05, repeats=1, language="en", fail=()):
    loop, halt = asyncio.get_running_loop(), asyncio.Event()
    stop = lambda: loop.call_soon_threadsafe(halt.set)
    view = CompareView(prompts, candidates, repeats, stop=stop, language=language)
    output = show_in_place(view, "<p>unfinished</p>", "Comparison")
    cells = {}

    async def column(candidate):
        for prompt in range(len(prompts)):
            for repeat in range(repeats):
                index = (prompt * len(candidates) + candidate) * repeats + repeat
                cells[index] = await answer(index)

    async def answer(index):
        if halt.is_set():
            view.ended(index, "stopped", "")
            return Answer("stopped", "", "")
        view.began(index)
        said = []
        for word in text.split(" "):
            if halt.is_set():
                view.ended(index, "stopped", "")
                return Answer("stopped", " ".join(said), "")
            said.append(word)
            view.add(index, word + " ")
            await asyncio.sleep(seconds)
            if index in fail:
                note = "the connection ended in the middle (gpu, http://127.0.0.1:9): ask again"
                view.ended(index, "failed", note)
                return Answer("failed", " ".join(said), note)
        note = f"{len(said) * seconds:.1f} s, {len(said)} tokens"
        view.ended(index, "answered", note)
        return Answer("answered", " ".join(said), note)

    await asyncio.gather(*map(column, range(len(candidates))))
    done = sum(cell.status == "answered" for cell in cells.values())
    summary = f"{done} of {len(cells)} answered"
    view.finish(summary)
    table = [[[cells[(p * len(candidates) + c) * repeats + r] for r in range(repeats)]
              for c in range(len(candidates))] for p in range(len(prompts))]
    output.keep(view, comparison_table(prompts, candidates, table, summary, language),
                comparison_text(prompts, candidates, table, summary, language))
    return view
"""
