"""All patterns: those on article 3 of the constitution that rest on what is political by its words here."""

from typing import Final

from services.notices.review_models import NoticeRefusalReason
from services.notices.screening.act_patterns import ACTS
from services.notices.screening.pattern import GAIN, article_3
from services.notices.screening.private_patterns import PRIVATE
from services.notices.screening.rights_patterns import RIGHTS

POLITICAL: Final = (
    article_3(
        "insult-of-head-of-state",
        "An opinion about those who govern is not a crime under ordinary law, however it is worded.",
        "insult",
        "head-of-state",
        unless_near=("company-or-club",),
    ),
    article_3(
        "insult-of-the-state",
        "To insult the state, its institutions or symbols is an offence of opinion.",
        "insult",
        "state",
        within=6,
        unless=GAIN,
    ),
    article_3(
        "offence-against-the-state",
        "The offence is political by its definition: it is directed against the state or its order alone.",
        "offence-against-the-state",
        unless_near=("state-agency", "industrial"),
    ),
    article_3(
        "part-in-public-life",
        "The words describe a part in public life.",
        "public-life",
    ),
    article_3(
        "criticism-of-the-state",
        "To criticise those who govern is an expression of opinion.",
        "criticism",
        "state|head-of-state",
        "speech|take-part|opposition",
        within=10,
        unless=GAIN,
    ),
    article_3(
        "propaganda",
        "Propaganda is an act of expression; without violence it is political.",
        "propaganda",
        "state|unlawful|opposition|speech|offence-against-the-state",
        within=10,
        unless=GAIN,
    ),
    article_3(
        "opposition",
        "The person is described by their part in the opposition.",
        "opposition",
        "member|speech|take-part|protest|state|party|election|foreign",
        within=10,
        unless=GAIN,
    ),
    article_3(
        "banned-party",
        "To be a member or supporter of a party, movement or association is political, also if it is banned.",
        "member",
        "unlawful",
        "party",
        within=7,
        unless=(*GAIN, "false-alarm"),
    ),
    article_3(
        "lawful-acts-of-a-member",
        "What is held against the person is what anybody does, said to be for a movement.",
        "everyday-act",
        "party",
        within=14,
        unless=(*GAIN, "organised-or-forged"),
    ),
    article_3(
        "protest",
        "To assemble or to call for it is an exercise of a political right, permitted or not.",
        "protest",
        "unlawful|take-part|state|head-of-state|opposition",
        within=8,
        unless=GAIN,
    ),
    article_3(
        "criticism-of-the-state",
        "To criticise those who govern is an expression of opinion.",
        "criticise",
        "state|head-of-state",
        within=6,
        unless=GAIN,
    ),
    article_3(
        "speech-against-the-state",
        "What was said or written against those who govern is an expression of opinion.",
        "speech|protest",
        "against",
        "state|head-of-state",
        unless=(*GAIN, "false-alarm"),
    ),
    article_3(
        "name-calling",
        "An opinion about those who govern is not a crime under ordinary law, however rude.",
        "name-calling",
        "state|head-of-state",
        "speech|take-part|insult",
        within=9,
        unless=GAIN,
        unless_near=("company-or-club",),
    ),
    article_3(
        "political-activity",
        "The act is political by the words of the bureau.",
        "political",
        "political-act",
        within=4,
        unless=(*GAIN, "organised-or-forged"),
    ),
    article_3(
        "disclosure-of-misconduct",
        "To tell the public of misconduct in office is an expression of opinion.",
        "expose",
        "misconduct-of-officials",
        "audience",
        within=12,
        unless=("false-alarm",),
    ),
    article_3(
        "doubt-of-an-election",
        "To doubt or boycott an election is an expression of opinion.",
        "election-doubt",
        "election",
        unless=GAIN,
    ),
    article_3(
        "harm-to-the-state",
        "A harm to the nation as such is political: no person or property is harmed.",
        "to-the-harm-of",
        "state-order",
        within=4,
        unless=(*GAIN, "organised-or-forged"),
    ),
    article_3(
        "undermining-the-state",
        "To make others doubt the state is an effect of an opinion, not a crime under ordinary law.",
        "undermine",
        "state",
        within=6,
        unless=(*GAIN, "false-alarm"),
    ),
    article_3(
        "symbols-of-the-state",
        "To honour flag, anthem or portrait cannot be enforced through the network.",
        "symbol-of-the-state",
        "act-on-a-symbol",
        within=5,
        unless=GAIN,
    ),
    article_3(
        "act-of-office",
        "A decision in a political or judicial office is answered for in that state's constitution.",
        "office",
        "act-of-office",
        unless=(*GAIN, "organised-or-forged"),
    ),
    article_3(
        "self-determination",
        "To stand for independence, autonomy, a boycott or sanctions is political.",
        "rights-under-state",
        "take-part|speech|foreign|unlawful|protest|state",
        within=8,
        unless=(*GAIN, "false-alarm"),
    ),
    article_3(
        "statements-on-the-state",
        "To report or to claim something about the state is an act of expression, even if it is said to be false.",
        "false",
        "information",
        "about-the-state",
        within=9,
        unless=("false-alarm", *GAIN),
    ),
    article_3(
        "journalist-or-activist",
        "The person is sought for what they said or wrote in public.",
        "journalist",
        "speech|state|opposition|foreign",
        within=10,
        unless=(*GAIN, "false-alarm"),
    ),
    article_3(
        "foreign-support-of-civil-society",
        "To fund associations, media or the observation of elections is not a crime under ordinary law.",
        "ngo|election",
        "foreign",
        "funds",
        within=14,
        unless=GAIN,
    ),
)
MILITARY: Final = (
    article_3(
        "military-offence",
        "Desertion, mutiny and the like are offences of military law alone.",
        "military-offence",
        unless_near=("parent", "family-duty"),
    ),
    article_3(
        "military-service",
        "Not to serve in armed forces is an offence of military law.",
        "military-duty",
        "refuse|leave",
        within=9,
        unless=GAIN,
    ),
    article_3(
        "absence-from-unit",
        "To leave one's unit is an offence of military law.",
        "soldier|military-duty",
        "unit",
        "leave|refuse",
        within=10,
        unless=GAIN,
    ),
    article_3(
        "military-order",
        "Not to obey an order is an offence of military law.",
        "soldier|military-duty",
        "order",
        "refuse",
        within=8,
        unless=GAIN,
    ),
)
RELIGIOUS: Final = (
    article_3(
        "religious-offence",
        "The offence is religious by its definition.",
        "religious-offence",
    ),
    article_3(
        "insult-of-religion",
        "To speak against a religion is an expression of opinion.",
        "insult",
        "religion",
        unless=GAIN,
    ),
    article_3(
        "practice-of-religion",
        "To practise, teach or change a religion is no crime under ordinary law.",
        "religion",
        "religious-practice",
        "unlawful|religion|minority-faith|child|take-part",
        within=9,
        unless=("religious-robbery", *GAIN),
    ),
    article_3(
        "minority-faith",
        "The person is described by their religious community.",
        "minority-faith",
        unless=GAIN,
    ),
)
RACIAL: Final = (
    article_3(
        "racial-ground",
        "The ground is that the person belongs to a race or people.",
        "race|people",
        "belonging",
        within=7,
        unless=(*GAIN, "religious-robbery", "organised-or-forged"),
    ),
    article_3(
        "culture-of-a-people",
        "To use the language and symbols of a people is not a crime under ordinary law.",
        "people",
        "culture",
        within=5,
        unless=(*GAIN, "religious-robbery", "organised-or-forged"),
    ),
)
PATTERNS: Final = (*POLITICAL, *MILITARY, *RELIGIOUS, *RACIAL, *ACTS, *RIGHTS, *PRIVATE)
ADVICE: Final = {
    NoticeRefusalReason.ARTICLE_2: "State how the person's rights are secured, with documents, or withdraw the "
    "request.",
    NoticeRefusalReason.ARTICLE_3: "Show the harm to persons or property that makes it predominantly a crime under "
    "ordinary law, or remove the charge (constitution, article 3; RPD article 34).",
    NoticeRefusalReason.OTHER: "Show which serious or organised crime it serves, or withdraw the request (RPD article "
    "83(1)(a)(i)).",
}
"""What the bureau can do, by the reason of a finding in words."""
