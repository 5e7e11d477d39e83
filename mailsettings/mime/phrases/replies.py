"""What mail programs write around a quoted mail, in the languages our candidates write in.

Data for `text.trim_quotes`, which shows each expression at most a few hundred characters.
"""

import re

# The verb that ends an attribution line ("On … wrote:", "… schrieb am … um 11:53 Uhr:").
_VERBS = (
    r"wrote|writes|said|schrieb(?:en)?|geschrieben|a écrit|ha scritto|scrisse|escribió|ha escrito|escreveu|schreef|"
    r"geschreven|napisała?|napisał\(a\)|pisze|skrev|kirjoitti|написала?|написал\(а\)|пишет|пише|писал|écrit|"
    r"写道|寫道|napsala?|napsal\(a\)|napísala?|napísal\(a\)|yazdı|a scris|έγραψε|írta|"
    r"napisao|napisala|kirjutas|rašė|rakstīja|написа|menulis|đã viết|va escriure|のメッセージ|작성"
)
# Only the tail of a line is shown to this one: a verb with little behind it.
ATTRIBUTION_END = re.compile(rf"(?:{_VERBS}).{{0,40}}$", re.IGNORECASE)

_STARTS = (
    r"on|am|le|il|el|em|op|den|dne|dňa|dnia|w dniu|w dn\.|på|în|la data|στις|в|в момент|у|在|于|於|"
    r"[^\W\d]{2,10}\.?,?\s\d{1,2}"
)
_OPENING = rf"^[-–—*_\s]*(?:(?:{_STARTS})(?:\b|(?=\s|\d))|\d{{1,4}}(?:[./년年-]|\s\w))"
_NAME_FIRST = r"^[^:<>]{1,60}\s(?:hat am|schrieb am|a écrit le|wrote on|skrev den|ha scritto il|escribió el)\s"
# In any language: a day, a time and an address before a colon.
_DATED = (
    r"(?=.{0,200}\d{1,2}:\d{2})(?=.{0,200}(?:\b(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2}))"
    r"(?=.{0,200}\S@\S)"
)
ATTRIBUTION_START = re.compile(
    rf"{_OPENING}|^{_DATED}|^[^<>:]{{0,100}}<[^<>]{{0,100}}@|{_NAME_FIRST}|^(?:zitat von|quoting|citando)\s",
    re.IGNORECASE,
)
ATTRIBUTIONS = (
    re.compile(rf"^{_DATED}.*[:：]$"),
    # On …, NAME wrote:   (and its translations, and dates that stand alone)
    re.compile(rf"{_OPENING}.*(?:{_VERBS})(?:.{{0,20}}|\b.{{0,150}}[:：])$", re.IGNORECASE),
    # NAME <address> schrieb am … um …:   and without the address
    re.compile(rf"{_NAME_FIRST}.*[:：]$", re.IGNORECASE),
    re.compile(rf"^[^:]*<[^<>]*@[^<>]*>.{{0,80}}(?:{_VERBS}).{{0,60}}[:：]$", re.IGNORECASE),
    re.compile(r"^(?:zitat von|quoting|citando)\s.*[:：]$", re.IGNORECASE),
    # 2016-10-24 15:36 GMT+02:00 NAME <address>:   and, older, without the colon
    re.compile(r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*<[^<>]*@[^<>]*>\s*[:：]?$"),
    re.compile(r"^\d{1,2}[./]\d{1,2}[./]\d{2,4}\b.*<[^<>]*@[^<>]*>\s*:$"),
    re.compile(r"^(?:on|am|le|il|el|em|op|den)\b.*\d.*<[^<>]*@[^<>]*>\s*:$", re.IGNORECASE),
)
# An attribution names a time or an address; a sentence that ends with "wrote:" does not.
DATE_OR_ADDRESS = re.compile(r"\d{1,2}[:./\-年月]\d|\d{4}|\S@\S")

# "-----Original Message-----", "---------- Forwarded message ---------"
_ORIGINAL = (
    r"original message|original-?(?:nachricht|mail)|ursprüngliche (?:nachricht|e-?mail)|originalmeddelande|"
    r"message (?:d'origine|d’origine|original|transféré|transmis|initial)|messaggio (?:originale|inoltrato)|"
    r"mensaje (?:original|reenviado)|mensagem (?:original|encaminhada)|oorspronkelijk bericht|doorgestuurd bericht|"
    r"(?:oryginalna wiadomość|wiadomość (?:oryginalna|przekazana)|treść oryginalnej wiadomości)|"
    r"forwarded (?:message|by)|weitergeleitete nachricht|begin forwarded message|"
    r"исходное сообщение|пересылаемое сообщение|původní (?:zpráva|e-?mail)|alkuperäinen viesti|oprindelig meddelelse|"
    r"opprinnelig melding|ursprungligt meddelande|vidarebefordrat|原始邮件|原始郵件|元のメッセージ|reply message|"
    r"pôvodná správa|eredeti üzenet|mesaj original|özgün ileti|оригінальне повідомлення|"
    r"reply above this line|bitte antworten sie oberhalb dieser linie"
)
ORIGINAL_MESSAGE = re.compile(
    rf"^[>\s]*[-_=*#~–—]{{2,}}\s*(?:{_ORIGINAL}).{{0,60}}[-_=*#~–—]{{2,}}$|"
    rf"^-{{4,}}[^-].{{0,120}}(?:{_VERBS})\s?:\s?-{{4,}}$|"
    r"^(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|début du message réexpédié|"
    r"inizio messaggio inoltrato|inicio del mensaje reenviado)\s?:$",
    re.IGNORECASE,
)

# The header lines that Outlook and its kin put above the quoted mail: those that name the writer, and the rest.
_FROM = (
    r"from|von|de|da|van|od|fra|från|lähettäjä|от|від|kimden|发件人|寄件者|差出人|od kogo|"
    r"feladó|de la|από|šalje|보낸 사람|من|מאת|saatja|nuo|từ|expéditeur|absender|mittente|remitente|remetente|afzender"
)
_OTHER = (
    r"sent|date|to|cc|subject|reply[- ]to|importance|attachments|"
    r"gesendet|datum|an|kopie|betreff|antwort an|anlagen|wichtigkeit|"
    r"envoyé(?: le)?|à|objet|répondre à|inviato|inviata|data|a|oggetto|risposta|"
    r"enviado(?: el| em)?|fecha|para|asunto|assunto|verzonden|aan|onderwerp|"
    r"wysłano|wysłane|do|dw|temat|data wysłania|skickat|till|ämne|sendt|til|emne|lähetetty|vastaanottaja|aihe|"
    r"enviada(?: em)?|cc|odoslané|predmet|elküldve|címzett|tárgy|másolatot kap|trimis|către|subiect|gönderildi|"
    r"gönderilme tarihi|kime|konu|надіслано|στάλθηκε|προς|κοιν|θέμα|изпратено|до|относно|poslano|prima|za|zadeva|"
    r"寄件日期|收件者|主旨|副本|送信日時|보낸 날짜|받는 사람|참조|제목|تم الإرسال|إلى|الموضوع|נשלח|אל|נושא|"
    r"saadetud|adressaat|teema|išsiųsta|kam|nosūtīts|temats|đã gửi|tới|chủ đề|enviat(?: el)?|per a|assumpte|"
    r"destinataire|empfänger|"
    r"отправлено|дата|кому|тема|копия|odesláno|komu|předmět|发送时间|收件人|主题|抄送|日時|宛先|件名"
)
WRITER_LINE = re.compile(rf"^[*_]{{0,2}}(?:{_FROM})[*_]{{0,2}}\s?[:：]", re.IGNORECASE)
HEADER_LINE = re.compile(rf"^[*_]{{0,2}}(?:{_FROM}|{_OTHER})[*_]{{0,2}}\s?[:：]", re.IGNORECASE)

RULE = re.compile(r"^[-_=*—–]{5,}$")  # what stands above such a header block
# "Sent from my iPhone" and its kin: one line that a device adds below the text.
DEVICE_LINE = re.compile(
    r"^[<(*_\[]{0,3}(?:sent|gesendet|envoyé|inviato|enviado|verzonden|verstuurd|wysłane|wysłano|skickat|sendt|lähetetty|"
    r"отправлено|надіслано|odesláno)\s(?:with|from|via|by|using|mit|von|vom|aus|über|depuis|de|da|dal|desde|do|op|met|vanaf|"
    r"van|z|från|fra|с|из|з|automatically)\b.{0,150}$|"
    r"^(?:get|holen sie sich|télécharge[rz]|obtenir|obtenez|scarica|ottieni|obtener|obtenha|download)\s.{0,8}"
    r"(?:outlook|bluemail|spark)\b.{0,80}$|"
    r"^(?:von|diese (?:nachricht|e-?mail|mail))\s.{0,90}\s(?:gesendet|geschickt|versendet|verschickt)\.?$|"
    r"^outlook\s(?:für|for|pour|para|per|voor|dla)\s(?:ios|android|mac)\b.{0,80}$|"
    r"^from my (?:i?phone|ipad|mobile|android|samsung|galaxy|htc|blackberry)\b.{0,40}$|"
    r"^lähetetty\s.{1,60}$|^.{1,40}\sgönderildi$|"
    r"^(?:please )?(?:excuse|pardon|forgive) .{0,40}(?:brevity|typos?)\b.{0,20}$|"
    r"^(?:\S+ ){0,2}from (?:my )?mobile$|^從我的 .{1,30} 傳送$|^发自我的.{1,30}$|^從我的.{1,30}$|^iphone ?から送信$",
    re.IGNORECASE,
)
