"""The names of languages of the Middle East, South Asia and Africa."""

from typing import Final

from services.synthetic_names.languages import Language

SOUTHERN: Final = (
    Language(
        "ARA",
        "AE BH DZ EG IQ JO KW LB LY MA OM PS QA SA SY TN YE SD MR KM",
        "Layla/ليلى Amina/أمينة Nadia/نادية Farah/فرح Hanan/حنان Dina/دينا Jamila/جميلة Rania/رانيا Zeinab/زينب "
        "Salma/سلمى Huda/هدى Maryam/مريم",
        "Karim/كريم Adel/عادل Bilal/بلال Faris/فارس Hamid/حامد Majid/ماجد Nabil/نبيل Rashid/راشد Tariq/طارق "
        "Khalid/خالد Walid/وليد Yusuf/يوسف",
        (
            (
                "Ba/با Da/دا Gha/غا Ha/حا Ja/جا Ka/كا Kha/خا Ma/ما Na/نا Qa/قا Ra/را Sa/سا Sha/شا Ta/طا Za/زا "
                "Bu/بو Du/دو Fu/فو Hu/هو Ju/جو Mu/مو Nu/نو Su/سو Tu/تو Sli/سلي Dri/دري Bri/بري Gri/غري"
            ),
            "ba/با da/دا ra/را la/لا ma/ما na/نا sha/شا ha/ها wa/وا ri/ري li/لي mi/مي di/دي bu/بو ru/رو lu/لو mu/مو",
            "ni/ني wi/وي sh/ش r/ر d/د b/ب n/ن m/م l/ل zi/زي ri/ري li/لي di/دي mi/مي hi/هي ti/تي shi/شي qi/قي",
        ),
        "abad iya awi an ara un",
        (
            "Sa/سا Na/نا Ra/را Ja/جا Ha/حا Ma/ما Fa/فا",
            "mi/مي ri/ري li/لي di/دي ji/جي bi/بي",
            "r/ر|ra/رة m/م|ma/مة n/ن|na/نة d/د|da/دة",
        ),
        particles="Al-/ال El-/ال bin/بن Abu/أبو",
        respellings="q>k kh>ch u>ou j>dj sh>ch aa>a",
        epithets="Abu+Salim/أبو+سليم al-Tawil/الطويل Abu+Nur/أبو+نور",
        two_forenames_share=0.45,
    ),
    Language(
        "PER",
        "IR AF",
        "Azar/آذر Bahar/بهار Darya/دریا Forough/فروغ Golnar/گلنار Laleh/لاله Mahin/مهین Nasrin/نسرین Parvin/پروین",
        "Arash/آرش Bahram/بهرام Dariush/داریوش Farhad/فرهاد Hooman/هومن Kamran/کامران Mehrdad/مهرداد Omid/امید "
        "Siavash/سیاوش",
        (
            (
                "Abar/ابر Bah/بهر Daran/دران Far/فر Gol/گل Jahan/جهان Kar/کار Mehr/مهر Nik/نیک Par/پر Rost/رست "
                "Sar/سر Tav/تو "
                "Yar/یار Zar/زر Ard/ارد Khor/خور Shah/شاه"
            ),
            "_ _ ab/اب am/ام an/ان ar/ار esh/ش i/ی ok/وک ud/ود ast/است",
            "zadeh/زاده pur/پور nia/نیا i/ی ian/یان far/فر manesh/منش khah/خواه doust/دوست vand/وند bakhsh/بخش",
        ),
        "abad shahr rud gan",
        (
            "Ar/آر Far/فر Kam/کام Meh/مه Nah/نه Sho/شو",
            "_ za/زا ra/را",
            "man/من|naz/ناز bod/بد|noosh/نوش yar/یار|dokht/دخت",
        ),
        respellings="ou>u oo>u ei>ey gh>q",
        single_share=0.06,
    ),
    Language(
        "URD",
        "PK",
        "Asma/اسما Bushra/بشریٰ Farida/فریدہ Ghazala/غزالہ Kulsoom/کلثوم Naila/نائلہ Rukhsana/رخسانہ Shazia/شازیہ",
        "Aslam/اسلم Babar/بابر Danish/دانش Faisal/فیصل Imran/عمران Javed/جاوید Naveed/نوید Shahid/شاہد Usman/عثمان",
        (
            (
                "Ba/با Cha/چا Dur/در Gon/گون Ja/جا Kha/کھا Lan/لان Mal/مل Nia/نیا Pir/پیر Ran/ران San/سان Tal/تال "
                "Wa/وا Za/زا "
                "Bhu/بھو Dho/دھو Gu/گو"
            ),
            "_ _ ba/با da/دا ra/را ri/ری la/لا wa/وا ja/جا ka/کا na/نا",
            "zai/زئی khel/خیل wala/والا ni/نی ro/رو t/ٹ l/ل r/ر rani/رانی vi/وی wana/وانہ jo/جو",
        ),
        "pur abad kot wal",
        particles="Mian/میاں Malik/ملک",
        respellings="ee>i oo>u w>v",
        single_share=0.08,
    ),
    Language(
        "HEB",
        "IL",
        "Ayelet/איילת Dafna/דפנה Galit/גלית Hila/הילה Michal/מיכל Noa/נועה Orly/אורלי Ronit/רונית Shira/שירה Tamar/תמר",
        "Amir/אמיר Boaz/בועז Doron/דורון Eitan/איתן Gilad/גלעד Lior/ליאור Nir/ניר Oren/אורן Ronen/רונן Yoav/יואב",
        (
            (
                "Al/אל Bar/בר Dan/דן El/אל Gol/גול Har/הר Kar/קר Lev/לב Mor/מור Nav/נב Or/אור Paz/פז Ram/רם Sha/ש "
                "Tal/טל Tzu/צו "
                "Ya/י Zan/זנ"
            ),
            "_ _ a/א an/נ ar/ר el/ל i/י in/ינ om/ומ ol/ול",
            "oni/וני avi/אבי man/מן iel/יאל stein/שטיין ari/ארי i/י ov/וב berg/ברג uz/וז ash/ש fir/פיר",
        ),
        "on im iya ot",
        particles="Ben/בן Bar/בר",
        respellings="tz>ts ch>h y>i",
    ),
    Language(
        "HIN",
        "IN NP BT",
        "Anjali/अंजलि Bhavna/भावना Deepa/दीपा Gita/गीता Indira/इंदिरा Kavita/कविता Lakshmi/लक्ष्मी Meera/मीरा "
        "Nisha/निशा "
        "Priya/प्रिया Sunita/सुनीता Usha/उषा",
        "Ajay/अजय Bhuvan/भुवन Deepak/दीपक Girish/गिरीश Harish/हरीश Karan/करण Manoj/मनोज Naveen/नवीन Rakesh/राकेश "
        "Suresh/सुरेश Vijay/विजय Pradeep/प्रदीप",
        (
            (
                "Aga/अग Bha/भा Cha/चा Dha/धा Go/गो Jha/झा Ka/का Kho/खो La/ला Ma/मा Na/ना Pa/पा Ra/रा Sa/सा Sho/शो "
                "Ta/ता Va/वा "
                "Ya/या Bho/भो De/दे Gu/गु Mi/मि Pu/पु Su/सु Tri/त्रि"
            ),
            "_ _ ra/रा la/ला na/ना ta/ता va/वा ga/गा da/दा ka/का ma/मा sha/शा ja/जा pa/पा",
            (
                "wal/वाल kar/कर gar/गर dey/दे tra/त्र yal/याल rkar/रकर shi/शी ni/नी wat/वत dia/दिया pade/पाडे "
                "lkar/लकर nde/ंडे "
                "ria/रिया than/थन"
            ),
        ),
        "pur nagar abad garh ganj gaon",
        (
            "Abhi/अभि Ani/अनि Dev/देव Hari/हरि Man/मन Raj/राज Shi/शि",
            "_ na/ना ra/रा",
            "esh/ेश|ika/िका nath/नाथ|vati/वती deep/दीप|deepa/दीपा",
        ),
        respellings="ee>i sh>s v>w aa>a",
        single_share=0.03,
    ),
    Language(
        "BEN",
        "BD",
        "Anika/অনিকা Farzana/ফারজানা Jesmin/জেসমিন Lubna/লুবনা Nasima/নাসিমা Rehana/রেহানা Shirin/শিরিন Taslima/তসলিমা",
        "Abir/আবির Farhan/ফারহান Jahid/জাহিদ Kamal/কামাল Mahbub/মাহবুব Rafiq/রফিক Selim/সেলিম Tanvir/তানভীর",
        (
            "Ba/বা Cho/চৌ Da/দা Ga/গা Ha/হা Ja/জা Ka/কা Lo/লো Ma/মা No/নো Pa/পা Ra/রা Sa/সা Ta/তা Bho/ভো Mo/মো Si/সি",
            "_ la/লা ra/রা na/না da/দা ma/মা ri/রি li/লি ja/জা sha/শা",
            ("der/দার rkar/রকার dhury/ধুরী ndol/ন্দল yan/য়ান nik/নিক lia/লিয়া har/হার shid/শীদ tu/তু khya/খ্যা wer/ওয়ার"),
        ),
        "pur ganj khali hat",
        respellings="ee>i sh>s ph>f",
        single_share=0.08,
    ),
    Language(
        "TAM",
        "LK MV",
        "Amutha/அமுதா Kamala/கமலா Malar/மலர் Nila/நிலா Revathi/ரேவதி Selvi/செல்வி Thenmozhi/தேன்மொழி",
        "Anbu/அன்பு Elango/இளங்கோ Kumaran/குமரன் Maran/மாறன் Senthil/செந்தில் Velan/வேலன் Arul/அருள்",
        (
            ("Aru/அரு Chi/சி Elu/எலு Ila/இள Kan/கண் Kuma/கும Mani/மணி Na/நா Pala/பால Ra/ரா Siva/சிவ Than/தன் Va/வா Vel/வேல்"),
            "_ ma/மா na/நா ra/ரா la/லா ka/கா pa/பா tha/தா su/சு",
            ("samy/சாமி rajan/ராஜன் lingam/லிங்கம் nathan/நாதன் pillai/பிள்ளை velu/வேலு karan/கரன் mugam/முகம் rasa/ராசா"),
        ),
        "puram oor patti kulam",
        respellings="th>t zh>l oo>u",
        single_share=0.25,
    ),
    Language(
        "SWA",
        "KE TZ UG RW BI MW ZM ZW BW LS NA SZ ZA",
        "Amani Bahati Eshe Furaha Imani Jamila Neema Rehema Subira Tatu Wangari Zawadi Nyambura",
        "Baraka Faraji Hamisi Jabari Juma Kamau Mosi Njoroge Omondi Rashidi Simba Tumaini Chege",
        (
            "A Ba Chi Ga I Ka Ki Ku Lu Ma Mbo Mu Mwa Na Nde Nja Nko O Pha Ru Si Ta U Wa Ya Za Tshi Che Ndla Kwi",
            "be cha do ga ka ki li ma mba ndi ngo nya ri sa ta tho vu wa zi mbe nga",
            "ra ko mi no ngi nya sa si ti wa ya za mbo ndo li ru ka ngwa tu lo be she",
        ),
        "ani oni uru anga ini eru",
        ("A Ba Che Fu I Ja Ka Mu Ne Tu Zu", "la ma ndi ri sa ta wa", "ni|ka ri|sha bo|na"),
        single_share=0.02,
    ),
    Language(
        "YOR",
        "NG",
        "Adaeze Bisola Chidinma Folake Halima Ifeoma Kehinde Ngozi Omolara Temitope Yewande Zainab",
        "Adewale Babatunde Chinedu Emeka Femi Ibrahim Kunle Musa Obinna Segun Tunde Uche",
        (
            "Ade A Aki Ayo Ba Chu Da E Eze Fa Fo Iro I Ko La Ma Nwa O Obi Ola Olu Onye Owo Sa So To U Ya",
            "bi da fe fo go ka ku la le lu ma mi ni no pe ri so ta wa yo ze",
            "ola wale kunle bayo nkwo rin de yemi gun shina ka la ma nu si dele bi kwe re to",
        ),
        "kuta bi do ri",
        ("Ade Chi Fo I Oba Olu Ngo Te", "bu di la ma si ta", "ke|ra mi|la nna|zi"),
    ),
    Language(
        "AMH",
        "ET ER",
        "አልማዝ በላይነሽ ገነት ሐረገወይን ሰላም ትዕግስት ዘውድነሽ",
        "አበበ ብርሃኑ ዳዊት ገብሬ ኃይሉ መኮንን ተስፋዬ ዮሐንስ",
        (
            "አበ በላ ደመ ገብ ኃይ ካሳ ለማ መን ነጋ ሰይ ተስ ወል ዘለ ፋሲ ጥላ",
            "_ ረ ታ ና ሪ ሙ ቀ ሳ",
            "ሩ ሌ ሳ ዬ ሙ ታ ኔ ሉ ቅ ው ናው ዋል",
        ),
        "a e u ima",
        respellings="ye>ie q>k",
        single_share=0.05,
    ),
    Language(
        "SOM",
        "SO SS",
        "Amal Deeqa Faduma Hodan Ifrah Ladan Nimco Sahra Ubah Xaawo",
        "Abshir Bile Cabdi Daahir Farah Guled Jama Liban Warsame Yusuf",
        (
            "Ab Bar Cad Dhi Far Gu Hir Is Ka Lu Ma Nu Qa Ro Sha Tu War Xa Yo De",
            "_ da di la ma na ra re sa wa xi ya",
            "le n d sh me r wi ne din low mo te b y",
        ),
        "o aye adow eyn",
        single_share=0.03,
    ),
)
