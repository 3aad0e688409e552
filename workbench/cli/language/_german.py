"""What the command line says, in German, by its English: paragraphs of its help and lines that it prints."""

from __future__ import annotations

GERMAN = {
    # What typer itself writes.
    "Usage: ": "Aufruf: ",
    "Options": "Optionen",
    "Arguments": "Argumente",
    "Commands": "Befehle",
    "[OPTIONS]": "[OPTIONEN]",
    "COMMAND [ARGS]...": "BEFEHL [ARGUMENTE]...",
    "Show this message and exit.": "Diese Hilfe zeigen.",
    "required": "nötig",
    "default": "Vorgabe",
    # The commands.
    "Connect to local and remote language models and compare them.": (
        "Lokale und entfernte Sprachmodelle anbinden und vergleichen."
    ),
    "Show the version.": "Die Version zeigen.",
    "Ask one model and print its answer as it arrives.": (
        "Ein Modell fragen und seine Antwort ausgeben, während sie kommt."
    ),
    '"connection/model", such as embedded.': "„Verbindung/Modell“, etwa embedded.",
    "What to ask; - reads it from standard input.": "Was gefragt wird; - liest es von der Standardeingabe.",
    "System message.": "Systemnachricht.",
    "0 takes the likeliest token each time.": "0 nimmt jedes Mal das wahrscheinlichste Token.",
    "Limit of each answer in tokens; none if not given.": "Grenze jeder Antwort in Token; ohne Angabe keine.",
    "Stop an answer that repeats itself.  [default: stop it]": (
        "Eine Antwort anhalten, die sich wiederholt.  [Vorgabe: anhalten]"
    ),
    "Start of the random numbers.": "Anfang der Zufallszahlen.",
    "File with the JSON schema of the answer.": "Datei mit dem JSON-Schema der Antwort.",
    "List the models of all connections.": "Die Modelle aller Verbindungen zeigen.",
    "A connection that does not answer makes the exit status 1.": (
        "Antwortet eine Verbindung nicht, so ist der Rückgabewert 1."
    ),
    "Only this connection.": "Nur diese Verbindung.",
    "Ask several models the same, and write all answers to a file.": (
        "Mehrere Modelle dasselbe fragen und alle Antworten in eine Datei schreiben."
    ),
    "The file gets one row for each prompt, model and repeat. An interrupt, SIGTERM and a terminal that is closed "
    "write what was answered until then, with the exit status 130, 143 or 129. However it was ended, the same call "
    "goes on where it stopped.": (
        "Die Datei bekommt eine Zeile für jeden Prompt, jedes Modell und jede Wiederholung. Ein Abbruch, SIGTERM und "
        "ein Terminal, das geschlossen wird, schreiben, was bis dahin beantwortet ist, mit dem Rückgabewert 130, 143 "
        "oder 129. Wie es auch endete: Derselbe Aufruf macht dort weiter."
    ),
    "Table with the prompts: .csv, .xlsx, .parquet, .jsonl, …": (
        "Tabelle mit den Prompts: .csv, .xlsx, .parquet, .jsonl, …"
    ),
    "A model to compare; give one or more.": "Ein Modell für den Vergleich; eines oder mehrere angeben.",
    "File for the results: .csv, .parquet, .jsonl or .xlsx; without it they are only kept.": (
        "Datei für die Ergebnisse: .csv, .parquet, .jsonl oder .xlsx; ohne sie werden sie nur aufbewahrt."
    ),
    "Jinja template over the columns; @FILE reads one.": "Jinja-Vorlage über die Spalten; @DATEI liest eine.",
    'Column that holds the prompts.  [default: "prompt"]': "Spalte mit den Prompts.  [Vorgabe: „prompt“]",
    "How often each model gets each prompt.": "Wie oft jedes Modell jeden Prompt bekommt.",
    "Requests kept in flight on each server; found out if not given.": (
        "Anfragen, die jeder Server zugleich bekommt; ohne Angabe wird es herausgefunden."
    ),
    "Keep answers under this name; the same call goes on there.": (
        "Antworten unter diesem Namen aufbewahren; derselbe Aufruf macht dort weiter."
    ),
    "Ask all anew, though the same call was ended before all was answered.": (
        "Alles neu fragen, obwohl derselbe Aufruf endete, bevor alles beantwortet war."
    ),
    "List the comparisons that are kept in this folder.": (
        "Die Vergleiche zeigen, die in diesem Ordner aufbewahrt sind."
    ),
    "Those without a name are deleted after 30 days, or beyond 500 megabytes.": (
        "Die ohne Namen werden nach 30 Tagen gelöscht, oder was über 500 Megabyte hinausgeht."
    ),
    "Write the answers of a comparison that is kept in this folder to a file; a .zip holds all that is known of it.": (
        "Die Antworten eines Vergleichs, der in diesem Ordner aufbewahrt ist, in eine Datei schreiben; eine .zip "
        "enthält alles, was von ihm bekannt ist."
    ),
    "Its name, as `workbench runs` lists it, or a .zip.": "Sein Name, wie `workbench runs` ihn zeigt, oder eine .zip.",
    "File: .csv, .parquet, .jsonl, .xlsx, or .zip.": "Datei: .csv, .parquet, .jsonl, .xlsx oder .zip.",
    "Find out what works on a connection, and what to do about the rest.": (
        "Herausfinden, was auf einer Verbindung geht, und was gegen das Übrige zu tun ist."
    ),
    "Each finding is printed as soon as it is there. The exit status is 1 when the model was not reached; an interrupt "
    "ends it with what was found until then.": (
        "Jeder Befund wird ausgegeben, sobald er da ist. Der Rückgabewert ist 1, wenn das Modell nicht erreicht wurde; "
        "ein Abbruch endet mit dem, was bis dahin gefunden ist."
    ),
    '"connection" or "connection/model".': "„Verbindung“ oder „Verbindung/Modell“.",
    "Ask the model anew, though nothing has changed.": "Das Modell neu fragen, obwohl sich nichts geändert hat.",
    "Print all that was found as JSON.": "Alle Befunde als JSON ausgeben.",
    "Measure how fast a model server answers under growing load.": (
        "Messen, wie schnell ein Modellserver unter wachsender Last antwortet."
    ),
    "The exit status is 1 when a request failed.": "Der Rückgabewert ist 1, wenn eine Anfrage fehlschlug.",
    "Requests in flight, such as 1,2,4; doubled while that pays if not given.": (
        "Anfragen zugleich, etwa 1,2,4; ohne Angabe verdoppelt, solange es sich lohnt."
    ),
    "Instead, requests per second that come at random, such as 0.5,2.": (
        "Stattdessen Anfragen je Sekunde, die zufällig kommen, etwa 0.5,2."
    ),
    "Requests for each load.": "Anfragen für jede Last.",
    "Tokens after which an answer is cut.": "Token, nach denen eine Antwort abgeschnitten wird.",
    "Seconds after which it ends in any case.": "Sekunden, nach denen es auf jeden Fall endet.",
    "File for a row of each request: .csv, .parquet, …": "Datei mit einer Zeile je Anfrage: .csv, .parquet, …",
    "Fetch a model from a registry onto its server.": "Ein Modell aus einer Registry auf seinen Server holen.",
    "An interrupt cancels; the same call goes on from there.": (
        "Ein Abbruch hält an; derselbe Aufruf macht dort weiter."
    ),
    '"connection/model", such as ollama/qwen3:4b.': "„Verbindung/Modell“, etwa ollama/qwen3:4b.",
    "The registry may be reached without TLS.": "Die Registry darf ohne TLS erreicht werden.",
    "Show what a folder's workbench.toml asks for, and trust it once you have agreed.": (
        "Zeigen, was die workbench.toml eines Ordners verlangt, und ihr vertrauen, sobald Sie zugestimmt haben."
    ),
    "Without trust such a file can name nothing but this machine. It is asked about anew as soon as its content "
    "changes.": (
        "Ohne Vertrauen kann eine solche Datei nur diesen Rechner nennen. Sobald sich ihr Inhalt ändert, wird neu "
        "gefragt."
    ),
    "The file or its folder; the nearest one if not given.": "Die Datei oder ihr Ordner; ohne Angabe die nächste.",
    "Trust it no more.": "Ihr nicht mehr vertrauen.",
    "List the files that are trusted.": "Die Dateien zeigen, denen vertraut wird.",
    "Open JupyterLab, on the first notebook where there is one.": (
        "JupyterLab öffnen, und zwar das erste Notebook, wo es eines gibt."
    ),
    "All arguments are passed on to JupyterLab.": "Alle Argumente gehen an JupyterLab weiter.",
    "Look at recorded answers.": "Aufgezeichnete Antworten ansehen.",
    "The cassette.": "Die Kassette.",
    "The cassette that came after.": "Die spätere Kassette.",
    "List what is recorded, in the order in which it ended.": (
        "Zeigen, was aufgezeichnet ist, in der Reihenfolge, in der es endete."
    ),
    "Show what another recording answered otherwise, word by word; the exit status is 1 if anything differs.": (
        "Zeigen, was eine andere Aufzeichnung anders beantwortet, Wort für Wort; der Rückgabewert ist 1, wenn sich "
        "etwas unterscheidet."
    ),
    "Read a recording to its end, and say what it holds; the exit status is 1 if it cannot be played.": (
        "Eine Aufzeichnung bis zu ihrem Ende lesen und sagen, was sie enthält; der Rückgabewert ist 1, wenn sie sich "
        "nicht abspielen lässt."
    ),
    # What is printed.
    "yes": "ja",
    "no": "nein",
    "recorded {moment} (UTC), and played": "aufgezeichnet {moment} (UTC) und abgespielt",
    "what is above were the model's thoughts; its answer begins here": (
        "was darüber steht, waren die Gedanken des Modells; hier beginnt seine Antwort"
    ),
    "{file} was read {how}": "{file} wurde gelesen {how}",
    "goes on with {name}, which was not finished; --fresh asks all anew": (
        "macht mit {name} weiter, was nicht fertig war; --fresh fragt alles neu"
    ),
    "{count} of the answers were recorded earlier (column recorded_at)": (
        "{count} der Antworten waren früher aufgezeichnet (Spalte recorded_at)"
    ),
    "ended by {signal}": "beendet durch {signal}",
    "ended by {signal}; the same call goes on from here": "beendet durch {signal}; derselbe Aufruf macht hier weiter",
    "written to {file}": "geschrieben nach {file}",
    "kept; to write them: workbench save {name} FILE": "aufbewahrt; zum Schreiben: workbench save {name} DATEI",
    "not kept, so that a kill loses the answers: {problem}": (
        "nicht aufbewahrt, so dass ein gewaltsames Ende die Antworten kostet: {problem}"
    ),
    "kept as {name} in {folder}; the same call goes on there if this one is ended": (
        "aufbewahrt als {name} in {folder}; wird dieser Aufruf beendet, macht derselbe dort weiter"
    ),
    "{count} failed: {reason}": "{count} fehlgeschlagen: {reason}",
    "{count} further reasons are in the column error": "{count} weitere Gründe stehen in der Spalte error",
    "all {count} answered": "alle {count} beantwortet",
    ", {count} answered": ", {count} beantwortet",
    "answers of unknown length": "Antworten unbekannter Länge",
    "{count} in answers": "{count} in Antworten",
    "time not known before the first answers": "die Zeit ist vor den ersten Antworten nicht bekannt",
    "about {time}": "etwa {time}",
    "{count} to ask{known}: about {tokens} tokens in prompts, {answers}; {time}": (
        "{count} zu fragen{known}: etwa {tokens} Token in Prompts, {answers}; {time}"
    ),
    "{count} failed": "{count} fehlgeschlagen",
    "{done} of {total} done, {failed} failed": "{done} von {total} fertig, {failed} fehlgeschlagen",
    "load {load}: {done} of {total} done": "Last {load}: {done} von {total} fertig",
    "{model} is there": "{model} ist da",
    "take the results from another folder, named below": (
        "die Ergebnisse liegen in einem anderen Ordner, der unten steht"
    ),
    # Heads of tables.
    "model": "Modell",
    "context": "Kontext",
    "tools": "Tools",
    "schema": "Schema",
    "thinking": "Denken",
    "vision": "Bilder",
    "loaded": "geladen",
    "name": "Name",
    "named": "benannt",
    "begun (UTC)": "begonnen (UTC)",
    "models": "Modelle",
    "answered": "beantwortet",
    "{answered} of {cells}": "{answered} von {cells}",
    "in": "in",
    "kind": "Art",
    "asked": "gefragt",
    "came": "gekommen",
    "seconds": "Sekunden",
    "at": "um",
    "begun {moment} with Workbench {version}": "begonnen {moment} mit Workbench {version}",
    ", of {models}": ", von {models}",
    "{count} recorded, {failed} of them errors": "{count} aufgezeichnet, davon {failed} Fehler",
}
