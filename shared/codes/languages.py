"""The languages of ISO 639-2, by their bibliographic codes (639-2/B), in capitals as in notices.

As of the code table of ISO 639-3 in the package `python-iso639` 2026.7.23 (Apache 2.0), and for groups of languages of
ISO 639-5, compared with the list of the Library of Congress. Without `qaa` to `qtz`, which mean what each user likes.
The package is no dependency: each service would spend 290 ms and 20 MB on it.
"""

from typing import Final, NamedTuple


class LanguageEntry(NamedTuple):
    """A language: its other codes, `-` where it has none, and its English name."""

    terminologic: str
    alpha_2: str
    name: str


_LANGUAGES: Final = (
    "AAR - AA Afar|ABK - AB Abkhazian|ACE - - Achinese|ACH - - Acoli|ADA - - Adangme|ADY - - Adyghe|"
    "AFA - - Afro-Asiatic languages|AFH - - Afrihili|AFR - AF Afrikaans|AIN - - Ainu|AKA - AK Akan|AKK - - Akkadian|"
    "ALB SQI SQ Albanian|ALE - - Aleut|ALG - - Algonquian languages|ALT - - Southern Altai|AMH - AM Amharic|"
    "ANG - - Old English|ANP - - Angika|APA - - Apache languages|ARA - AR Arabic|ARC - - Official Aramaic|"
    "ARG - AN Aragonese|ARM HYE HY Armenian|ARN - - Mapudungun|ARP - - Arapaho|ART - - Artificial languages|"
    "ARW - - Arawak|ASM - AS Assamese|AST - - Asturian|ATH - - Athapascan languages|AUS - - Australian languages|"
    "AVA - AV Avaric|AVE - AE Avestan|AWA - - Awadhi|AYM - AY Aymara|AZE - AZ Azerbaijani|BAD - - Banda languages|"
    "BAI - - Bamileke languages|BAK - BA Bashkir|BAL - - Baluchi|BAM - BM Bambara|BAN - - Balinese|BAQ EUS EU Basque|"
    "BAS - - Basa|BAT - - Baltic languages|BEJ - - Beja|BEL - BE Belarusian|BEM - - Bemba|BEN - BN Bengali|"
    "BER - - Berber languages|BHO - - Bhojpuri|BIH - BH Bihari languages|BIK - - Bikol|BIN - - Bini|BIS - BI Bislama|"
    "BLA - - Siksika|BNT - - Bantu languages|BOS - BS Bosnian|BRA - - Braj|BRE - BR Breton|BTK - - Batak languages|"
    "BUA - - Buriat|BUG - - Buginese|BUL - BG Bulgarian|BUR MYA MY Burmese|BYN - - Bilin|CAD - - Caddo|"
    "CAI - - Central American Indian languages|CAR - - Galibi Carib|CAT - CA Catalan|CAU - - Caucasian languages|"
    "CEB - - Cebuano|CEL - - Celtic languages|CHA - CH Chamorro|CHB - - Chibcha|CHE - CE Chechen|CHG - - Chagatai|"
    "CHI ZHO ZH Chinese|CHK - - Chuukese|CHM - - Mari|CHN - - Chinook jargon|CHO - - Choctaw|CHP - - Chipewyan|"
    "CHR - - Cherokee|CHU - CU Church Slavic|CHV - CV Chuvash|CHY - - Cheyenne|CMC - - Chamic languages|"
    "CNR - - Montenegrin|COP - - Coptic|COR - KW Cornish|COS - CO Corsican|"
    "CPE - - Creoles and pidgins, English-based|CPF - - Creoles and pidgins, French-based|"
    "CPP - - Creoles and pidgins, Portuguese-based|CRE - CR Cree|CRH - - Crimean Tatar|CRP - - Creoles and pidgins|"
    "CSB - - Kashubian|CUS - - Cushitic languages|CZE CES CS Czech|DAK - - Dakota|DAN - DA Danish|DAR - - Dargwa|"
    "DAY - - Land Dayak languages|DEL - - Delaware|DEN - - Slavey|DGR - - Tlicho|DIN - - Dinka|DIV - DV Dhivehi|"
    "DOI - - Dogri|DRA - - Dravidian languages|DSB - - Lower Sorbian|DUA - - Duala|DUM - - Middle Dutch|"
    "DUT NLD NL Dutch|DYU - - Dyula|DZO - DZ Dzongkha|EFI - - Efik|EGY - - Egyptian|EKA - - Ekajuk|ELX - - Elamite|"
    "ENG - EN English|ENM - - Middle English|EPO - EO Esperanto|EST - ET Estonian|EWE - EE Ewe|EWO - - Ewondo|"
    "FAN - - Fang|FAO - FO Faroese|FAT - - Fanti|FIJ - FJ Fijian|FIL - - Filipino|FIN - FI Finnish|"
    "FIU - - Finno-Ugrian languages|FON - - Fon|FRE FRA FR French|FRM - - Middle French|FRO - - Old French|"
    "FRR - - Northern Frisian|FRS - - Eastern Frisian|FRY - FY Western Frisian|FUL - FF Fulah|FUR - - Friulian|"
    "GAA - - Ga|GAY - - Gayo|GBA - - Gbaya|GEM - - Germanic languages|GEO KAT KA Georgian|GER DEU DE German|"
    "GEZ - - Geez|GIL - - Gilbertese|GLA - GD Scottish Gaelic|GLE - GA Irish|GLG - GL Galician|GLV - GV Manx|"
    "GMH - - Middle High German|GOH - - Old High German|GON - - Gondi|GOR - - Gorontalo|GOT - - Gothic|GRB - - Grebo|"
    "GRC - - Ancient Greek|GRE ELL EL Modern Greek|GRN - GN Guarani|GSW - - Swiss German|GUJ - GU Gujarati|"
    "GWI - - Gwichʼin|HAI - - Haida|HAT - HT Haitian|HAU - HA Hausa|HAW - - Hawaiian|HEB - HE Hebrew|HER - HZ Herero|"
    "HIL - - Hiligaynon|HIM - - Western Pahari languages|HIN - HI Hindi|HIT - - Hittite|HMN - - Hmong|"
    "HMO - HO Hiri Motu|HRV - HR Croatian|HSB - - Upper Sorbian|HUN - HU Hungarian|HUP - - Hupa|IBA - - Iban|"
    "IBO - IG Igbo|ICE ISL IS Icelandic|IDO - IO Ido|III - II Sichuan Yi|IJO - - Ijo languages|IKU - IU Inuktitut|"
    "ILE - IE Interlingue|ILO - - Iloko|INA - IA Interlingua|INC - - Indic languages|IND - ID Indonesian|"
    "INE - - Indo-European languages|INH - - Ingush|IPK - IK Inupiaq|IRA - - Iranian languages|"
    "IRO - - Iroquoian languages|ITA - IT Italian|JAV - JV Javanese|JBO - - Lojban|JPN - JA Japanese|"
    "JPR - - Judeo-Persian|JRB - - Judeo-Arabic|KAA - - Kara-Kalpak|KAB - - Kabyle|KAC - - Kachin|"
    "KAL - KL Kalaallisut|KAM - - Kamba|KAN - KN Kannada|KAR - - Karen languages|KAS - KS Kashmiri|KAU - KR Kanuri|"
    "KAW - - Kawi|KAZ - KK Kazakh|KBD - - Kabardian|KHA - - Khasi|KHI - - Khoisan languages|KHM - KM Khmer|"
    "KHO - - Khotanese|KIK - KI Kikuyu|KIN - RW Kinyarwanda|KIR - KY Kirghiz|KMB - - Kimbundu|KOK - - Konkani|"
    "KOM - KV Komi|KON - KG Kongo|KOR - KO Korean|KOS - - Kosraean|KPE - - Kpelle|KRC - - Karachay-Balkar|"
    "KRL - - Karelian|KRO - - Kru languages|KRU - - Kurukh|KUA - KJ Kuanyama|KUM - - Kumyk|KUR - KU Kurdish|"
    "KUT - - Ktunaxa|LAD - - Ladino|LAH - - Lahnda|LAM - - Lamba|LAO - LO Lao|LAT - LA Latin|LAV - LV Latvian|"
    "LEZ - - Lezghian|LIM - LI Limburgan|LIN - LN Lingala|LIT - LT Lithuanian|LOL - - Mongo|LOZ - - Lozi|"
    "LTZ - LB Luxembourgish|LUA - - Luba-Lulua|LUB - LU Luba-Katanga|LUG - LG Ganda|LUI - - Luiseño|LUN - - Lunda|"
    "LUO - - Luo|LUS - - Lushai|MAC MKD MK Macedonian|MAD - - Madurese|MAG - - Magahi|MAH - MH Marshallese|"
    "MAI - - Maithili|MAK - - Makasar|MAL - ML Malayalam|MAN - - Mandingo|MAO MRI MI Maori|"
    "MAP - - Austronesian languages|MAR - MR Marathi|MAS - - Masai|MAY MSA MS Malay|MDF - - Moksha|MDR - - Mandar|"
    "MEN - - Mende|MGA - - Middle Irish|MIC - - Mi'kmaq|MIN - - Minangkabau|MIS - - Uncoded languages|"
    "MKH - - Mon-Khmer languages|MLG - MG Malagasy|MLT - MT Maltese|MNC - - Manchu|MNI - - Manipuri|"
    "MNO - - Manobo languages|MOH - - Mohawk|MON - MN Mongolian|MOS - - Mossi|MUL - - Multiple languages|"
    "MUN - - Munda languages|MUS - - Creek|MWL - - Mirandese|MWR - - Marwari|MYN - - Mayan languages|MYV - - Erzya|"
    "NAH - - Nahuatl languages|NAI - - North American Indian languages|NAP - - Neapolitan|NAU - NA Nauru|"
    "NAV - NV Navajo|NBL - NR South Ndebele|NDE - ND North Ndebele|NDO - NG Ndonga|NDS - - Low German|"
    "NEP - NE Nepali|NEW - - Nepal Bhasa|NIA - - Nias|NIC - - Niger-Kordofanian languages|NIU - - Niuean|"
    "NNO - NN Norwegian Nynorsk|NOB - NB Norwegian Bokmål|NOG - - Nogai|NON - - Old Norse|NOR - NO Norwegian|"
    "NQO - - N'Ko|NSO - - Pedi|NUB - - Nubian languages|NWC - - Classical Newari|NYA - NY Chichewa|NYM - - Nyamwezi|"
    "NYN - - Nyankole|NYO - - Nyoro|NZI - - Nzima|OCI - OC Occitan|OJI - OJ Ojibwa|ORI - OR Oriya|ORM - OM Oromo|"
    "OSA - - Osage|OSS - OS Ossetian|OTA - - Ottoman Turkish|OTO - - Otomian languages|PAA - - Papuan languages|"
    "PAG - - Pangasinan|PAL - - Pahlavi|PAM - - Pampanga|PAN - PA Panjabi|PAP - - Papiamento|PAU - - Palauan|"
    "PEO - - Old Persian|PER FAS FA Persian|PHI - - Philippine languages|PHN - - Phoenician|PLI - PI Pali|"
    "POL - PL Polish|PON - - Pohnpeian|POR - PT Portuguese|PRA - - Prakrit languages|PRO - - Old Provençal|"
    "PUS - PS Pushto|QUE - QU Quechua|RAJ - - Rajasthani|RAP - - Rapanui|RAR - - Rarotongan|"
    "ROA - - Romance languages|ROH - RM Romansh|ROM - - Romany|RUM RON RO Romanian|RUN - RN Rundi|"
    "RUP - - Macedo-Romanian|RUS - RU Russian|SAD - - Sandawe|SAG - SG Sango|SAH - - Yakut|"
    "SAI - - South American Indian languages|SAL - - Salishan languages|SAM - - Samaritan Aramaic|SAN - SA Sanskrit|"
    "SAS - - Sasak|SAT - - Santali|SCN - - Sicilian|SCO - - Scots|SEL - - Selkup|SEM - - Semitic languages|"
    "SGA - - Old Irish|SGN - - Sign languages|SHN - - Shan|SID - - Sidamo|SIN - SI Sinhala|SIO - - Siouan languages|"
    "SIT - - Sino-Tibetan languages|SLA - - Slavic languages|SLO SLK SK Slovak|SLV - SL Slovenian|"
    "SMA - - Southern Sami|SME - SE Northern Sami|SMI - - Sami languages|SMJ - - Lule Sami|SMN - - Inari Sami|"
    "SMO - SM Samoan|SMS - - Skolt Sami|SNA - SN Shona|SND - SD Sindhi|SNK - - Soninke|SOG - - Sogdian|"
    "SOM - SO Somali|SON - - Songhai languages|SOT - ST Southern Sotho|SPA - ES Spanish|SRD - SC Sardinian|"
    "SRN - - Sranan Tongo|SRP - SR Serbian|SRR - - Serer|SSA - - Nilo-Saharan languages|SSW - SS Swati|"
    "SUK - - Sukuma|SUN - SU Sundanese|SUS - - Susu|SUX - - Sumerian|SWA - SW Swahili|SWE - SV Swedish|"
    "SYC - - Classical Syriac|SYR - - Syriac|TAH - TY Tahitian|TAI - - Tai languages|TAM - TA Tamil|TAT - TT Tatar|"
    "TEL - TE Telugu|TEM - - Timne|TER - - Tereno|TET - - Tetum|TGK - TG Tajik|TGL - TL Tagalog|THA - TH Thai|"
    "TIB BOD BO Tibetan|TIG - - Tigre|TIR - TI Tigrinya|TIV - - Tiv|TKL - - Tokelau|TLH - - Klingon|TLI - - Tlingit|"
    "TMH - - Tamashek|TOG - - Tonga|TON - TO Tonga|TPI - - Tok Pisin|TSI - - Tsimshian|TSN - TN Tswana|"
    "TSO - TS Tsonga|TUK - TK Turkmen|TUM - - Tumbuka|TUP - - Tupi languages|TUR - TR Turkish|"
    "TUT - - Altaic languages|TVL - - Tuvalu|TWI - TW Twi|TYV - - Tuvinian|UDM - - Udmurt|UGA - - Ugaritic|"
    "UIG - UG Uighur|UKR - UK Ukrainian|UMB - - Umbundu|UND - - Undetermined|URD - UR Urdu|UZB - UZ Uzbek|"
    "VAI - - Vai|VEN - VE Venda|VIE - VI Vietnamese|VOL - VO Volapük|VOT - - Votic|WAK - - Wakashan languages|"
    "WAL - - Wolaytta|WAR - - Waray|WAS - - Washo|WEL CYM CY Welsh|WEN - - Sorbian languages|WLN - WA Walloon|"
    "WOL - WO Wolof|XAL - - Kalmyk|XHO - XH Xhosa|YAO - - Yao|YAP - - Yapese|YID - YI Yiddish|YOR - YO Yoruba|"
    "YPK - - Yupik languages|ZAP - - Zapotec|ZBL - - Blissymbols|ZEN - - Zenaga|ZGH - - Standard Moroccan Tamazight|"
    "ZHA - ZA Zhuang|ZND - - Zande languages|ZUL - ZU Zulu|ZUN - - Zuni|ZXX - - No linguistic content|ZZA - - Zaza"
)


def _language(entry: str) -> tuple[str, LanguageEntry]:
    code, *others = entry.split(" ", 3)
    return code, LanguageEntry(*others)


LANGUAGES: Final = dict(map(_language, _LANGUAGES.split("|")))
