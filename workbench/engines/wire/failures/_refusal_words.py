"""The words in which servers refuse: what each kind of refusal reads like, whichever server says it."""

from __future__ import annotations

import re


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# Of vLLM, llama.cpp, Ollama, OpenAI, Azure, LM Studio, TGI and TEI, SGLang, OpenRouter, LiteLLM, Mistral, Anthropic,
# Gemini, Cohere and TensorRT-LLM, in their sources, documentation and issues as of November 2026.
CONTEXT = _words(
    r"exceed_context_size|context_length_exceeded|context_window_exceeded|ContextWindowExceeded|context_overflow",
    r"exceed\w*[^.]{0,80}\bcontext[ _-]?(length|window|size|limit)?\b",
    r"\bcontext[ _-]?(length|window|size|limit)\b[^.]{0,120}\b(exceed|overflow|reached|too (long|large|small)|only)",
    r"(maximum|max|longer|larger|greater|bigger|more|beyond|fit\w*)\b[^.]{0,60}\bcontext[ _-]?(length|window|size)\b",
    r"reached context length|context (is )?full|mid-generation context overflow|n_keep\b[^.]{0,40}n_ctx",
    r"longer than the (maximum )?model length|exceeds? (the )?(max_model_len|maximum (input|sequence) length)",
    r"`?inputs`? (tokens \+ `?max_new_tokens`? must be|must have less than)",
    r"(input|text|request)s? (is|are|was) too (long|large) ?(:|for|to process)|(prompt|input) is too long",
    r"too many (input )?tokens\b(?!.{0,40}per )|(input|prompt) token count[^.]{0,40}exceeds|max_num_tokens|max_seq_len",
    r"reduce the length of the (messages|input|prompt)|max_(completion_)?tokens'? is too large",
)
BUDGET = _words(
    r"budget_exceeded|BudgetExceeded|budget has been exceeded|exceeded (your |its |the )?(\w+ )?budget|max budget:",
    r"crossed (budget|spend)|over budget|ExceededTokenBudget|quota (is |has been )?used up",
    r"insufficient_(user_)?quota|quota_exceeded|exceeded_current_quota|exceeded your current quota|payment[_ ]required",
    r"billing_hard_limit|billing_not_active|credit balance|insufficient[_ ](account )?(credit|balance|fund)",
    r"requires more credits|out of credits|included credits|(account )?balance (is )?(too low|not enough|insufficient)",
    r"(spend|spending|usage|key) limit (has been )?(exceeded|reached)|in arrears|add (more )?(credits|funds)",
)
# The same words, said of what comes back within minutes.
SOON_AGAIN = _words(
    r"per[ _-]?(minute|second)|perminute|persecond|retry ?(delay|in|after)|try again in|\b[tr]pm\b|free-models-per"
)
RATE = _words(
    r"rate[_ ]?limit|too[_ ]many[_ ]requests|overloaded|queue is full|server (is )?busy|at capacity|capacity exceeded",
    r"maximum pending requests|throttl|no slots? available|slot unavailable",
)
# LiteLLM without a database, asked with a key that is not its own.
NO_KEY_STORE = _words(r"no connected db")
LOADING = _words(
    r"loading model|model is (still |currently |being )*load(ing|ed)\b|is currently loading|still loading|warming up",
    r"(server|engine|model) is (still )?(starting|not ready|initiali[sz]ing)|not (yet )?ready",
    r"model (was |has been |is )?unloaded",
)
LOADING_FAILED = _words(r"(error|failed|failure|unable|cannot|could not)[^.]{0,20} load")
NO_MODEL = re.compile(r"model.{0,200}(not found|does not exist|not exist)|try pulling it", re.IGNORECASE | re.DOTALL)
# Said with another status than 404, where "not found" might be said of anything.
NO_SUCH_MODEL = _words(
    r"model_not_found|invalid_model\b|ModelNotFound|DeploymentNotFound|deployment for this resource does not exist",
    r"invalid model( name|:)|not a valid model|model not exist|no endpoints found for",
    r"no models? (is |are )?(currently )?loaded",
    r"could not find (a )?(suitable handler|real modelid)|unable to access model|no healthy deployments? for",
    r"multiple models are loaded|please specify a (valid )?model|not supported by any provider",
    r"model ['\"`]?[^ '\"`]+['\"`]? (was |is )?(not found|does not exist|unknown|not available)|unknown model",
)
ROLES = _words(
    r"roles? must alternate|alternate user/assistant|expected last role|unexpected role",
    r"(first|last) message (must|should) be (from )?(a |the )?['\"]?user|must (start|begin|end) with (a |the )?user",
    r"only (the )?user(,| and) (model|assistant)[^.]{0,30}roles|multiple ['\"\\]*\w+['\"\\]* roles in a row",
    r"no user query found|after the optional system message|same number of function calls and responses",
)
NO_SYSTEM = _words(
    r"system (role|message|prompt)s? (is |are )?(not supported|not allowed)",
    r"does not support[^.]{0,20}system (role|message|prompt)",
)
TEMPLATE = _words(
    r"(rendering|applying|parsing)[^.]{0,20}(prompt|chat)[^.]{0,20}template|chat template[^.]{0,20}error",
    r"jinja (template )?(error|exception)",
)
TOOL_FLAGS = _words(r"enable-auto-tool-choice|tool-call-parser")
JINJA_FLAG = _words(r"requires? --jinja")
NO_TOOLS = _words(
    r"does not support (tools|tool use|tool call|function call)|support(s)? tool use|tools? (is|are) not supported"
)
# Of llama.cpp, of Ollama which has its words from 0.30 on, and of vLLM, for a model that was made to chat.
NO_EMBEDDINGS = _words(r"does not support embeddings")
# Of an Ollama that is told to pass nothing on, for a model that runs elsewhere.
CLOUD_OFF = _words(r"cloud is disabled")
FILTERED = _words(
    r"content_filter|content management policy|ResponsibleAIPolicy|content_policy_violation|content[ _]policy",
    r"requires moderation|flagged for|blocked by[^.]{0,30}(guardrail|policy|filter)|data_inspection_failed|guardrail",
)
TOO_LARGE = _words(r"(request entity|payload|content|body)[^.]{0,10} too large")
