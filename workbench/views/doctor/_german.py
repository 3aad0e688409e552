"""What the doctor says in German: of each of its sentences the English and the German form, with gaps for values.

A diagnosis is data, and stays English wherever it is kept; only what is seen of it is translated. What a server says,
and all that stands here in no form, stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.language import Sentences

_IMPOSED = (
    "Workbenchs Agenten erzwingen Aufrufe bei einem solchen Modell; für eigene ein Modell nehmen,"
    " das dafür trainiert ist"
)
_LOG = "was schon kam, steht an der Antwort des Fehlers"

_SENTENCES: Mapping[str, str] = {
    # the way to the server
    "no answer within {} s": "keine Antwort innerhalb von {} s",
    "check firewall and server": "Firewall und Server prüfen",
    "this host may be reached": "dieser Rechner darf erreicht werden",
    "the host {} is not on this machine, and WORKBENCH_OFFLINE is set": (
        "der Rechner {} ist nicht diese Maschine, und WORKBENCH_OFFLINE ist gesetzt"
    ),
    "ask a model on this machine, such as embedded, or unset WORKBENCH_OFFLINE": (
        "ein Modell auf dieser Maschine fragen, etwa embedded, oder WORKBENCH_OFFLINE entfernen"
    ),
    "the policy of this machine does not allow the host {}": (
        "die Richtlinie dieser Maschine erlaubt den Rechner {} nicht"
    ),
    "ask whoever keeps {}, or take a model that it allows": (
        "fragen, wer {} pflegt, oder ein Modell nehmen, das sie erlaubt"
    ),
    "the name {} is not known": "der Name {} ist nicht bekannt",
    "check its spelling, and whether you are in the right network": (
        "die Schreibweise prüfen, und ob dies das richtige Netz ist"
    ),
    "{} is {}, {}, {}": "{} ist {}, {}, {}",
    "{} is {}, {}": "{} ist {}, {}",
    "{} is {}": "{} ist {}",
    "an address, not a name": "eine Adresse, kein Name",
    "port {} does not answer": "Port {} antwortet nicht",
    "a firewall may be in between; ask for this port to be opened": (
        "vielleicht ist eine Firewall dazwischen; um das Öffnen dieses Ports bitten"
    ),
    "port {}: connection refused": "Port {}: Verbindung abgelehnt",
    "port {}: {}": "Port {}: {}",
    "start the server, or check the port (Ollama: 11434, vLLM: 8000, llama.cpp: 8080, LiteLLM: 4000)": (
        "den Server starten oder den Port prüfen (Ollama: 11434, vLLM: 8000, llama.cpp: 8080, LiteLLM: 4000)"
    ),
    "port {} is open": "Port {} ist offen",
    "the certificate is not accepted: {}": "das Zertifikat wird nicht anerkannt: {}",
    "give the file of your authority: ca=, or correct the name in the address": (
        "die Datei der eigenen Zertifizierungsstelle angeben: ca=, oder den Namen in der Adresse berichtigen"
    ),
    "the server's certificate must be renewed": "das Zertifikat des Servers muss erneuert werden",
    "the server does not speak TLS on this port": "der Server spricht an diesem Port kein TLS",
    "write http:// instead of https://": "http:// statt https:// schreiben",
    "no secure connection: {}": "keine sichere Verbindung: {}",
    "the server may want a certificate: certificate=": "vielleicht verlangt der Server ein Zertifikat: certificate=",
    "see the server's log": "das Protokoll des Servers ansehen",
    "{}, certificate accepted": "{}, Zertifikat anerkannt",
    "Ollama's own API": "Ollamas eigene API",
    "a server that is not Ollama but speaks OpenAI's API": "ein Server, der nicht Ollama ist, aber OpenAIs API spricht",
    'use kind="{}" and url="{}"': 'kind="{}" und url="{}" verwenden',
    "what answers there is not Ollama (status {})": "was dort antwortet, ist nicht Ollama (Status {})",
    "check host and port": "Rechner und Port prüfen",
    'use kind="ollama" and url="{}", as this path cuts long prompts without a word': (
        'kind="ollama" und url="{}" verwenden, da dieser Pfad lange Fragen ohne ein Wort kürzt'
    ),
    "OpenAI's API of an Ollama": "OpenAIs API eines Ollama",
    "OpenAI's API": "OpenAIs API",
    "this is an Ollama": "dies ist ein Ollama",
    'write url="{}/v1"': 'url="{}/v1" schreiben',
    "nothing speaks OpenAI's API at this path (status {})": "an diesem Pfad spricht nichts OpenAIs API (Status {})",
    "the server wants TLS on this port": "der Server verlangt an diesem Port TLS",
    "write https:// instead of http://": "https:// statt http:// schreiben",
    "the server points to another address": "der Server verweist auf eine andere Adresse",
    "name that address itself, if you trust it": "jene Adresse selbst angeben, wenn ihr zu trauen ist",
    "ask for the path to /v1/models": "nach dem Pfad zu /v1/models fragen",
    "the server asks for a key": "der Server verlangt einen Schlüssel",
    "the server refuses the key of {}": "der Server weist den Schlüssel aus {} ab",
    "check what it holds, and what it may do": "prüfen, was er enthält und was er darf",
    "the server asks for none": "der Server verlangt keinen",
    "accepted, though the server answers without one too": "angenommen, doch der Server antwortet auch ohne",
    "accepted, from {}": "angenommen, aus {}",
    "the server says that it is well": "der Server sagt, dass es ihm gut geht",
    "the server says that it is not healthy (status {})": "der Server sagt, dass es ihm nicht gut geht (Status {})",
    "wait if it is still loading; else see its log and start it again": (
        "warten, wenn er noch lädt; sonst sein Protokoll ansehen und ihn neu starten"
    ),
    "the server does not say whether it passes anything on to ollama.com": (
        "der Server sagt nicht, ob er etwas an ollama.com weitergibt"
    ),
    "switched off: nothing is passed on to ollama.com": "abgeschaltet: nichts wird an ollama.com weitergegeben",
    "switched on: the server itself would pass on to ollama.com what is meant for models that run there": (
        "eingeschaltet: der Server selbst würde an ollama.com weitergeben, was für Modelle dort bestimmt ist"
    ),
    "let Ollama be started with OLLAMA_NO_CLOUD=1, so that nobody can send anything there": (
        "Ollama mit OLLAMA_NO_CLOUD=1 starten lassen, damit niemand etwas dorthin senden kann"
    ),
    "the server has no model": "der Server hat kein Modell",
    "load one (Ollama: wb.pull)": "eines laden (Ollama: wb.pull)",
    "no model {} among {}": "kein Modell {} unter {}",
    "there are {}": "es gibt {}",
    "answered after {} s": "Antwort nach {} s",
    "answered after {} s, {} s of it to load the model": "Antwort nach {} s, davon {} s zum Laden des Modells",
    "{} tokens/s": "{} Token/s",
    "no answer of a few tokens within {} s": "keine Antwort von wenigen Token innerhalb von {} s",
    "{} tokens/s, while other work takes {} % of this machine": (
        "{} Token/s, während andere Arbeit {} % dieser Maschine nimmt"
    ),
    "no answer of a few tokens within {} s, while other work takes {} % of this machine": (
        "keine Antwort von wenigen Token innerhalb von {} s, während andere Arbeit {} % dieser Maschine nimmt"
    ),
    "give the model fewer threads, as they hinder each other on a busy machine: {}; or end the other work": (
        "dem Modell weniger Threads geben, da sie sich auf einer belasteten Maschine behindern: {};"
        " oder die andere Arbeit beenden"
    ),
    "in this process": "in diesem Prozess",
    # what the model does
    "not found out within {} s": "nicht herausgefunden innerhalb von {} s",
    "ask again when the server is less busy": "noch einmal fragen, wenn der Server weniger zu tun hat",
    "{} pieces": "{} Stücke",
    "the answer came in one piece": "die Antwort kam in einem Stück",
    "a proxy may hold it back: switch its buffering off": (
        "vielleicht hält ein Proxy sie zurück: dessen Puffern abschalten"
    ),
    "{} tokens read, {} written": "{} Token gelesen, {} geschrieben",
    "the server counts no tokens in a stream": "der Server zählt in einem Stream keine Token",
    "tokens per second cannot be told": "Token je Sekunde lassen sich nicht angeben",
    "the server counts no tokens of the prompt": "der Server zählt die Token der Frage nicht",
    "{} tokens for a tool": "{} Token für ein Werkzeug",
    "the model's template drops them: {} tokens of prompt with and without a tool": (
        "die Vorlage des Modells lässt sie weg: {} Token der Frage mit und ohne Werkzeug"
    ),
    "Workbench's agents impose calls on such a model; for native ones take a model that was trained for them": _IMPOSED,
    "the model wrote a call as text, which the server did not recognise": (
        "das Modell schrieb einen Aufruf als Text, den der Server nicht erkannte"
    ),
    "start vLLM with `{}` (the parser that fits the model)": "vLLM mit `{}` starten (der Parser, der zum Modell passt)",
    "start vLLM with `{}` (the parser that fits the model) for this model": (
        "vLLM für dieses Modell mit `{}` starten (der Parser, der zum Modell passt)"
    ),
    "the server takes tools, but the model wrote no call in 3 tries": (
        "der Server nimmt Werkzeuge an, aber das Modell schrieb in 3 Versuchen keinen Aufruf"
    ),
    "the server passes over tool_choice": "der Server übergeht tool_choice",
    "{} calls in one answer": "{} Aufrufe in einer Antwort",
    "one call at most": "höchstens ein Aufruf",
    "no call": "kein Aufruf",
    "the server passes over the schema": "der Server übergeht das Schema",
    "ask for JSON in the prompt; Workbench checks the answer": (
        "in der Frage um JSON bitten; Workbench prüft die Antwort"
    ),
    "the server passes over it": "der Server übergeht es",
    "give schema= instead": "stattdessen schema= angeben",
    "by itself": "von selbst",
    "with thinking=True": "mit thinking=True",
    "in the text of the answer, told apart by its marks here and not by the server": (
        "im Text der Antwort, hier an seinen Marken erkannt und nicht vom Server"
    ),
    "start vLLM with the `--reasoning-parser` of this model, for others who ask this server": (
        "vLLM mit dem `--reasoning-parser` dieses Modells starten, für andere, die diesen Server fragen"
    ),
    "the model does not think before it answers": "das Modell denkt vor der Antwort nicht nach",
    "there is nothing to switch off": "es gibt nichts abzuschalten",
    "the model thinks all the same": "das Modell denkt trotzdem nach",
    "leave room for it in max_tokens": "in max_tokens Platz dafür lassen",
    "with thinking=False": "mit thinking=False",
    "{} tokens with their logprobs": "{} Token mit ihren Logprobs",
    "two answers for the same seed": "zwei Antworten für denselben Seed",
    "repeat a run rather than trust a seed": "einen Lauf lieber wiederholen als einem Seed trauen",
    "the same answer for two seeds too": "dieselbe Antwort auch für zwei Seeds",
    "the same answer for the same seed": "dieselbe Antwort für denselben Seed",
    "the answer was too short to tell": "die Antwort war zu kurz, um es zu sagen",
    "the answer went on after the text": "die Antwort ging nach dem Text weiter",
    "ended before {}": "endete vor {}",
    "this server makes no embeddings": "dieser Server erstellt keine Embeddings",
    "start one with an embedding model for that": "dafür einen mit einem Embedding-Modell starten",
    "the embedded engine makes no embeddings": "die eingebaute Engine erstellt keine Embeddings",
    "take an embedding model on Ollama or vLLM": "ein Embedding-Modell auf Ollama oder vLLM nehmen",
    "vectors of {} numbers": "Vektoren von {} Zahlen",
    "'Bürgeramt' is {} tokens": "'Bürgeramt' sind {} Token",
    "Ollama does not tell tokens": "Ollama nennt keine Token",
    "ask a vLLM server": "einen vLLM-Server fragen",
    "this server does not tell tokens": "dieser Server nennt keine Token",
    "ask a vLLM or llama.cpp server": "einen Server mit vLLM oder llama.cpp fragen",
    "the server says that this model takes no images": "der Server sagt, dass dieses Modell keine Bilder nimmt",
    "red and blue were told apart": "Rot und Blau wurden unterschieden",
    "the picture did not reach the model: {} tokens of prompt with and without it": (
        "das Bild erreichte das Modell nicht: {} Token der Frage mit und ohne Bild"
    ),
    "the server took the pictures, but the model did not tell red from blue": (
        "der Server nahm die Bilder an, aber das Modell unterschied Rot und Blau nicht"
    ),
    "show it one of your own": "ihm ein eigenes zeigen",
    "for pictures take a model that was trained for them": "für Bilder ein Modell nehmen, das dafür trainiert ist",
    "Ollama has no {}": "Ollama hat kein {}",
    'use "auto" or "none", or a vLLM connection': '"auto" oder "none" verwenden, oder eine Verbindung zu vLLM',
    'give schema={"enum": [...]}, whose answer is one of them in quotation marks': (
        'schema={"enum": [...]} angeben; die Antwort ist einer der Texte in Anführungszeichen'
    ),
    "the server does not say how long the context is": "der Server sagt nicht, wie lang der Kontext ist",
    "name it to those who ask: vLLM --max-model-len": "denen nennen, die fragen: vLLM --max-model-len",
    "{} tokens, as the server says; too long to be tried": (
        "{} Token, wie der Server sagt; zu lang, um es zu versuchen"
    ),
    "{} tokens; a longer prompt is refused": "{} Token; eine längere Frage wird abgelehnt",
    "a prompt of {} words was cut to {} tokens without a word": (
        "eine Frage von {} Wörtern wurde ohne ein Wort auf {} Token gekürzt"
    ),
    "watch reply.warnings": "auf reply.warnings achten",
    "more than {} tokens: {} were read": "mehr als {} Token: {} wurden gelesen",
    # what any request may end in
    "no server answers: {}": "kein Server antwortet: {}",
    "start the server, or check host, port and firewall": (
        "den Server starten, oder Rechner, Port und Firewall prüfen"
    ),
    "check host, port and firewall": "Rechner, Port und Firewall prüfen",
    "nothing of the answer came for {} s ({})": "{} s lang kam nichts von der Antwort ({})",
    "see what the server is doing, or raise this limit of the connection": (
        "nachsehen, was der Server tut, oder diese Grenze der Verbindung anheben"
    ),
    "the connection ended in the middle of the answer": "die Verbindung endete mitten in der Antwort",
    "what had come is on the error's reply; ask again, or see the server's log": (
        f"{_LOG}; noch einmal fragen, oder das Protokoll des Servers ansehen"
    ),
    "the answer cannot be read: {}": "die Antwort lässt sich nicht lesen: {}",
    "check that the server speaks this protocol, and see its log": (
        "prüfen, ob der Server dieses Protokoll spricht, und sein Protokoll ansehen"
    ),
    # what else is worth knowing
    "what is asked goes over the network in clear text; use https://": (
        "was gefragt wird, geht im Klartext über das Netz; https:// verwenden"
    ),
    "the address was taken for {}": "die Adresse wurde als {} verstanden",
    "{} was taken for {}": "{} wurde als {} verstanden",
    "interrupted; not all was tried": "unterbrochen; nicht alles wurde versucht",
}
_GERMAN = Sentences(_SENTENCES)


def german(text: str) -> str:
    """Say in German what the doctor says in English; what it does not say itself stays as it is.

    >>> german("answered after 1.3 s"), german("model requires more system memory")
    ('Antwort nach 1,3 s', 'model requires more system memory')
    """
    said = _GERMAN.found(text)
    return text if said is None else said
