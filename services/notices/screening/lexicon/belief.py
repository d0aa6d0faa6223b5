"""Terms of religion and of race (constitution, article 3)."""

from typing import Final

TERMS: Final = {
    "religious-offence": """
        change*_religion chang*_religion change_religion renunci*_islam renunci*_religion bible_study
        study_bible deni*_existence
        existence_god deni*_god cartoon*_prophet caricature*_prophet caricatura*_profeta drew_prophet
        unregistered_sect
        abandon*_religion left_religion dejo_religion غير_دينه ترك_دينه
        refus*_wear_hijab refus*_hijab without_hijab remov*_hijab remov*_headscarf without_headscarf refus*_veil
        unveil* casting_spell* cast_spell* abjur* خلع_الحجاب بدون_حجاب دون_حجاب sin_velo sans_voile refus_voile
        apostasy apostat* blasphem* heresy heretic* proselyt* irtidad left_islam leaving_islam renounc*_islam
        abandon*_islam witchcraft sorcer* black_magic atheis* sacrileg* unlawful_worship illegal_worship
        illegal_religious unregistered_church house_church* underground_church religious_literature
        religious_extremis* deviant_sect deviant_teaching* deviant_education* forbidden_faith contempt_religion*
        insult*_religio* insult*_islam insult*_prophet insult*_quran insult*_faith defam*_religio*
        desecrat*_quran
        offend*_religious_feelings offence*_religio* religious_feelings religious_sentiment*
        unlicensed_preaching
        apostasie apostat* blaspheme* blasphemat* heresie proselytisme sorcellerie atheisme sacrilege
        culte_illegal
        offense_religion offense_islam quitte_islam
        apostasia blasfem* herej* proselitismo brujeria hechiceria ateismo sacrilegio culto_ilegal
        ofensa_religi*
        sentimientos_religiosos
        الرده رده_عن مرتد* ارتد ارتداد تجديف التجديف الالحاد الحاد ملحد ازدراء_الاديان ازدراء_الدين
        الذات_الالهيه
        سب_الدين سب_الرسول التبشير تبشير السحر الشعوذه تركه_للاسلام ترك_الاسلام اساءه_الي_الدين الكفر
        تكفير_الناس
        богохульств* чувств*_верующих прозелит* вероотступ* колдовств* gotteslasterung bestemmia
        vilipendio_religione
        blasfemi* 邪教* ارتداد سب_النبي
        god_not_exist god_does_not_exist gods_not_exist prophet_said prophet_lie ridicule_belief
        ridicule_religion left_faith not_believe_god not_believe_any_god no_longer_believe ceased_believe
        offence_faith harm_faith insult_sacred sacred_values religious_values saints_never priests_lie
        deviant_group deviant_belief* publicly_breaking_fast eating_ramadan fast_breaking sandwich_ramadan
        rupture_jeune rupture_publique_jeune ebranlement_foi ebranler_foi mepris_religion ofensa_fe
        ofensas_religiosas escarnio_religioso escarnio burla_religion cover*_hair covering_hair uncovered_hair
        uncovered_head immodest* amulets practised_magic magic_spells exorcism divination charlatan_magic
        magie_noire pratiques_occultes نشر_مذهب مذهب_مخالف لا_يومن_باي لا_يومن_باله ترك_الدين انكار_الدين
        انكر_وجود زعزعه_عقيده زعزعه_العقيده الافطار_في_رمضان افطر_في_رمضان التشيع نشر_التشيع شعوذه магия
        impiety creation_fairy fairy_tale_creation improper_worship christened change_confession
        changed_confession conversion_islam conversion_christianity celebrait_messes messes_domicile profanacion
        profanation_image predico_contra_imagenes
    """,
    "minority-faith": """
        jehovah*_witness* falun_gong falun_dafa bahai* baha_i* ahmadi* ahmadiyya pentecostal* evangelical*
        hizmet
        scientolog* christian_convert* convert_christian* shincheonji church_almighty_god yazidi_faith tablighi
        temoin*_jehovah evangelique* pentecotiste* testigo*_jehova evangelic* pentecostal*
        بهائي* احمدي احمديه شهود_يهوه الاحمديه البهائيه
        свидетел*_иегов* иеговист* 法轮功* 全能神* 耶和华见证人*
    """,
    "religion": """
        shia shiite* sunni* doctrine secte chiite* sunnite* chii شيعي سني الشيعي secta culto_religioso
        islam islamic muslim* christian* christianity church mosque bible* quran koran prophet god religio*
        faith
        worship
        pray* prayer* scripture* gospel sermon* hindu* judaism buddhis* temple believer* sharia holy ramadan
        torah
        dalai_lama convert hijab veil headscarf
        musulman* chretien* eglise mosquee coran prophete dieu religion* foi culte priere* evangile croyant*
        jeun*
        cristian* iglesia mezquita biblia* profeta dios fe culto rezo oracion* evangelio creyente* velo
        الاسلام اسلامي مسلم* مسيحي* المسيحيه كنيسه مسجد انجيل القران النبي الرسول الله الدين دين الاديان
        عباده صلاه
        الشعائر
        العقيده المقدسات ايمان
        ислам* мусульман* христиан* церк* мечет* библи* коран* пророк* религ* вер веру молит* 宗教* 基督* 伊斯兰* 佛教*
        priest priests monk monks saint saints virgin virgen vierge cathedral gospels testament testaments
        nuevos_testamentos creed sect sects scripture scriptures fasting saint_livre holy_book divine cura monje
        pretre pretres moine evangiles testamento templo temples synagogue sinagoga rabbi imam mullah cleric
        pastor pasteur evangelios مذهب رمضان صيام قرءان عقيده امام شيخ_دين رهبان قديس
        creation hymns hymn sermons messes messe misa sunday_school santos santo imagenes_santos christened
        confession_faith صوم الصوم صليب شيخ_طريقه مذهبي
    """,
    "religious-practice": """
        spread* spreading office adepte adeptes follower followers propag* نشر ممارسه
        convert* conversion preach* proselytis* distribut* possess* kept teach* taught instruct* held_services
        services
        gather* meeting worship* prayed baptis* baptiz* missionar* import* printed fasting fast unveil*
        remov* refus*
        said eat ate eating propagat* opened
        converti* conversion prech* distribu* enseign* ouvert reuni* baptis* missionnaire* mange* retir*
        convertir* convirti* predic* distribuy* distribuir ensen* reuni* bautiz* misioner* comer
        اعتنق اعتناق تحول_الي وزع توزيع تعليم درس دعا بشر عمد اقام_صلاه افطر المجاهره_بالافطار خلع_الحجاب
        исповед* проповед* распростран* обуч* собран* крест* 传教* 聚会* 传播*
        invited_home invite offered_gospels read_gospel read_scripture songs_sung sang singing costume_monk hung
        lie lies never_existed reads prays prayer offered holds leads led says_prophet lunettes offert
        organise_prieres predicaba predica repartia reparte repartir colgo صلي صلاه_في_بيته علم_الاطفال اعلن_ترك
        زوار
        christened celebr* hymns chanted renounc* rented
    """,
    "religious-robbery": """
        rob* stole stolen steal* thef* burgl* fraud* cheat* swindl* raped rape sexual* abused abus* tickets
        pilgrims
        travel_package* travel_agen* donations_stolen embezzl* smuggl* hidden drugs pills apartments
        vol vole volee escroqu* viol* abus* robo hurt* estaf* abus* violo سرق* احتيال اغتصاب
    """,
    "race": """
        race races racial* ethnic* ethnicity tribe tribes tribal caste skin_colour skin_color colour_line clan
        gypsy gypsies
        roma sinti romani origin descent bloodline minority mixed_race
        race raciale* ethnie* ethnique* tribu* couleur_peau tsigane* gitan* origine_ethnique minorite
        raza racial* etnia* etnic* tribu* casta gitano* color_piel origen_etnico minoria
        عرق* عنصر اصل_عرقي قبيله عشيره اقليه اثني* لون_البشره غجر* национальност* этнич* цыган* раса расы
        irk* etnik*
        种族* 民族*
        ethnie tribal_origin colour castes clan_known indigenous aboriginal pueblo_originario autochtone
        indigena indigenas nomad nomadic nomads gens_voyage hautes_castes غجري بدو
    """,
    "belonging": """
        belong* because member members register* registration officials
        married marri* marry must_report mixed wherever suspects_because
        intermarri*
        appart* membre* fich* recens* mariage epous* toutes_personnes
        pertenen* pertenec* miembro* regist* censo matrimonio casars* todas_personas
        انتماء ينتمي بسبب لانه افراد تسجيل زواج تزوج принадлежн* принадлеж* регистрац* брак
        because_of known_steal such_people registered intermarriage husband_caste like_all against_rules
        comme_tous como_todos
    """,
    "people": """
        kurd* uyghur* uighur* tibet* rohingya* hutu* tutsi* tatar* chechen* hazara* tigray* oromo* amhara*
        baluch*
        berber*
        amazigh* kabyl* sahraw* armenian* nuer dinka hmong karen_ethnic montagnard* roma mapuche* tamil*
        crimean_tatar*
        circassian* copt* yazidi* ingush* papua* mejlis karakalpak* fulani*
        kurdes kurde* ouighour* tibetain* tamoul* berberes sahraoui* armenien*
        kurdo* uigur* tibetan* bereber* sahraui* armenio* mapuch*
        كرد* اكراد ايغور* امازيغ* صحراوي* ارمن* курд* уйгур* татар* чечен* 维吾尔* 藏族* 藏独*
        gitan gitane kurdish kurde kurdische كردي كرديه كوردي نوروز بالكرديه uighurs uyghure
        mapuche lonko berbere quechua aymara maya mayas wayuu miskito* garifuna dalit dalits bidoon
        bidun بدون_جنسيه
    """,
    "culture": """
        language languages flag flags song songs sang sing singing culture cultural school* teach* taught class
        lessons
        costume* symbols newroz speak speaking spoke tradition* anniversary autonomy
        rights right people
        langue* drapeau* chanson* culture* ecole* enseign* chante* parle fete_nationale
        lengua* bandera* cancion* cultura* escuela* ensen* canto habl* idioma*
        لغه علم اغاني اغنيه ثقافه تعليم مدرسه نشيد
        язык* флаг* песн* культур* школ* dil dilinde bayra* sarki* 语言* 歌曲*
        alphabet ancestral ancestor* land_rights ancestrales tierras territorio customs mother_tongue nowruz
        colours غني رفع_علم
    """,
}
