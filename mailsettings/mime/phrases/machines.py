"""How mail systems and absent people word their notices, in the languages we meet. Data for `machine`."""

import re

FAILURE = re.compile(
    r"undeliver|not delivered|non[- ]?deliver|delivery (?:status|fail|notif|report|problem|error|has failed)|"
    r"fail(?:ed|ure) (?:delivery|notice|to deliver)|returned (?:mail|to sender|message|e-?mail)|mail deliver|"
    r"mail (?:system error|failure|failed|error|rejected)|message (?:delivery|status|blocked|rejected|not)|"
    r"bounce|(?:could|can)(?: ?not|n't) be (?:delivered|sent)|error sending|rejected:|delivery unsuccessful|"
    r"message you sent blocked|unzustellbar|nicht zugestellt|zustellung|rückläufer|unable to deliver|"
    r"non remis|non distribu|échec de la remise|mancat[ao] (?:consegna|recapito)|no se (?:ha podido|pudo) entregar|"
    r"niet bezorgd|niedostarczaln|nedoručiteln|kézbesíthetetlen|kan ikke leveres|não (?:é possível entregar|entregue)|"
    r"teslim edilemedi|nelivrabil|toimittamatta|non recapitabile|no se puede entregar|недоставлено|μη παραδόσιμο|"
    r"niedostarczon|nie można dostarczyć|onbestelbaar|olevererbart|недоставлен|не доставлен|配信|送信できません|"
    r"メールを配|not member|user unknown|delayed mail|(?:delivery|message|mail) (?:was |is )?delayed|postmaster notify",
    re.IGNORECASE,
)
FAILURE_PROSE = re.compile(
    r"(?:could|can|was|were|been|is|are|has|have)(?: ?not|n't|n’t)(?: yet)?(?: been| be)?(?: able to)? "
    r"(?:deliver|sent|reached|accept|find|found|transmit|process)|"
    r"unable to (?:deliver|send|relay|reach)|undeliver|failed to deliver|delivery (?:has |to .{1,80} )?fail|"
    r"fail(?:ed|ure) (?:permanently|delivery)|permanent (?:fatal )?error|returned to (?:you|sender)|"
    r"user unknown|unknown user|no such (?:user|recipient|address|person)|mailbox (?:is )?(?:full|"
    r"unavailable|not found)|"
    r"(?:was|been) rejected|rejected (?:your|by|for)|over quota|"
    r"quota exceeded|recipient .{0,40}(?:unknown|rejected)|"
    r"does(?: not|n't|n’t) exist|relay(?:ing)? (?:denied|not)|host (?:unknown|not found)|unrouteable|"
    r"address (?:could not be found|rejected|not found)|this account has been disabled|"
    r"temporarily (?:unavailable|rejected)|"
    r"nicht zugestellt|unzustellbar|konnte .{0,60}nicht|n'a pas pu|n’a pas pu|échec|"
    r"impossibile|non è stato possibile|no se (?:ha podido|pudo)|nie (?:można|mogła|została)|не (?:может|удалось|был)|"
    r"your mail was not|mail not delivered|errors occurred|following errors?|not member|bounced|blocked by|"
    r"配信でき|送信できま|届けられま|\b[45]\.\d\.\d{1,3}\b|\b5[05]\d[ -]",
    re.IGNORECASE,
)
# Notices in JSON, which one large sender mails out as text.
NOTIFICATION = re.compile(r"\\?\"(?:notification|event)Type\\?\"\s?:\s?\\?\"Bounce", re.IGNORECASE)
EVENT = re.compile(
    r"\\?\"(?:notification|event)Type\\?\"\s?:\s?\\?\"(?:Delivery|Complaint|Send|Open|Click)\\?\"",
    re.IGNORECASE,
)
DELAY = re.compile(
    r"\bdelay|still being retried|temporarily|verzöger|verspätet|warning: (?:message|could not send)|deferred|"
    r"opóźni|retard|ritard|задерж",
    re.IGNORECASE,
)
DELAY_PROSE = re.compile(
    r"this is (?:a )?warning (?:message )?only|will (?:continue to try|keep trying|be retried|retry)|"
    r"do(?: not|n't) need to resend|delivery attempts will continue|no action is required on your part|"
    r"has not yet been delivered|still trying|wird weiterhin versucht",
    re.IGNORECASE,
)
FINAL = re.compile(
    r"(?<!fails )permanent|giving up|given up|no longer|failed permanently|will not (?:be retried|try)|"
    r"could not be delivered within|"
    r"i'm not going to try again|endgültig (?:nicht|fehlgeschlagen|gescheitert)",
    re.IGNORECASE,
)
MAIL_SYSTEM = re.compile(
    r"mail delivery|delivery (?:sub)?system|mail administrator|mail deliver system|e-?mail delivery|"
    r"system administrator|mail transport|delivery service|ndr administrator|"
    r"microsoft (?:outlook|exchange)|content[- ]filter|interscan|mail system",
    re.IGNORECASE,
)
REPORT = re.compile(
    r"^report domain: \S+ submitter:|^\[?dmarc\]? |^complaint about message from|dmarc (?:forensic|aggregate) report|"
    r"^(?:read|gelesen|lu|lettura|leído)\s?: |e-?mail feedback report",
    re.IGNORECASE,
)
# A subject that begins like this was written by a responder; a person's answer to it begins with "Re:".
AUTO_REPLY = re.compile(
    r"^\W{0,3}(?:auto(?:matic|matische|mated)?[- ]?(?:reply|response|antwort|responder|resposta)|auto ?re|"
    r"automatisch(?:e|es)? (?:antwort|antwoord|svar)|réponse automatique|risposta automatica|"
    r"otomatik yanıt|automatikus válasz|automatick[áé] odpove[ďd]|automatická odpověď|răspuns automat|"
    r"automaattinen vastaus|αυτόματη απάντηση|автоматич(?:еский ответ|на відповідь)|自動応答|自动答复|"
    r"respuesta automática|resposta automática|odpowiedź automatyczna|automatyczna odpowiedź|automatiskt svar|"
    r"automatisk svar|out of (?:the )?office|abwesenheits(?:notiz|nachricht|meldung|assistent)|"
    r"abwesend bis|ich bin (?:abwesend|nicht im (?:büro|haus))|nicht im büro|absence du bureau|message d'absence|"
    r"fuori (?:sede|ufficio)|fuera de la oficina|poza biurem|nieobecność|afwezig(?:heids)?|автоответ)",
    re.IGNORECASE,
)
# "Re:" and "Fwd:", as a person's mail program writes them.
ANSWER = re.compile(
    r"^\s*(?:re|aw|antw|rif|rv|sv|vs|odp|fwd?|wg|tr|i|pd|doorst)\s?(?:\[\d{1,3}\])?\s?:",
    re.IGNORECASE,
)
AWAY = re.compile(
    r"\b(?:away|vacation|holiday|out of (?:the )?office|absen|abwesen|urlaub|congés|vacances|ferie|vacaciones|"
    r"urlop|auto\w*|thank you for (?:contacting|your (?:e-?mail|message))|we (?:have )?received your)",
    re.IGNORECASE,
)
