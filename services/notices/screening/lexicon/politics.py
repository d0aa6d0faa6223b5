"""Terms of what is said of those who govern (constitution, article 3)."""

from typing import Final

TERMS: Final = {
    "insult": """
        مسيئ* مسيئه العيب الاستهزاء استهز* vilipendio
        insutl* insullt* insulut* insilt* inuslt* isult* isnult* insolt* calling_crook called_crook called_thief
        insult* defam* slander* libel* malign* denigrat* disparag* ridicul* mock* offend offends offended
        offending
        offensive offence_against offences_against vilif* discredit* smear* scorn* made_fun make_fun making_fun
        contempt*
        disrespect* demean* caricatur* lampoon* blacken* derid* deris* satir* spoke_ill speak_ill taunt*
        humiliat*
        tarnish* besmirch* disrepute harm*_reputation harm*_image harm*_honour damag*_reputation damag*_image
        damag*_prestige damag*_dignity attack*_dignity harm*_dignity dictator tyrant despot abus*_language
        calumn*
        harm_reputation parod* called_thief offensive_content disloyal* cursed swore_at profan* embarrass*
        outrag* outrage injuri* offens* diffam* denigr* ridiculis* moqu* tourne_derision calomni* bafou*
        salir sali
        atteinte_honneur atteinte_dignite atteinte_image
        insulto* insultar ofend* ofens* difam* ultraj* agravio* burlo burlarse burlas desprestig* desacredit*
        vilipend*
        menospreci* menoscab* desacat* mofa* ridiculiz*
        اهان* تهين يهين اساء* يسيء تسيء الاساءه اساءات سب سبت شتم* يشتم قذف تطاول* اطاله_اللسان اطال_لسانه
        سخر* يسخر
        سخريه ازدر* تشهير* يشهر تحقير* المساس_بكرامه الذم اطال_المتهم_لسانه عاب
        оскорб* дискредит* клевет* опороч* глумл* унижен* oskorbl* diskredit* klevet* ihanat* isaa* hakaret*
        asagila*
        beleidig* verunglimpf* verleumd* vilipendi* oltragg* offes* injur* توهين* هتك_حرمت* 侮辱* 诽谤* 抹黑* หมิ่น*
        hyena pig_budget donkey dustbin monkey clown jackal ihana* sabb tatawul* sabba shatm insolen* mockery
        desacato caricatura_de irrespet* burla injurio tourn*_derision derision insolence استخف* تهكم* تنمر*
        استهان* العيب*
    """,
    "head-of-state": """
        familia_gobernante comandante comandantes famille_regnante العائله_الحاكمه الذات_الملكيه
        presidential_family
        president presidents presidential king kings queen monarch* emir amir sultan sovereign royal royals
        royalty
        crown
        his_excellency her_excellency his_majesty her_majesty majesty highness ruler rulers supreme_leader
        dear_leader
        great_leader wise_leader* leadership head_state head_government prime_minister premier first_lady
        ruling_family father_nation general_secretary founding_president chief_state throne national_leader
        leader_nation leader_country leader_state leaders_party emperor kingdom sheikh_ruler khan
        presiden* president_republique chef_etat premier_ministre roi reine souverain* monarchie famille_royale
        couple_presidentiel guide_supreme
        presidente presidenta rey reina monarquia corona jefe_estado primer_ministro comandante_supremo
        mandatario primer_mandatario familia_real
        رئيس_الجمهوريه رئيس_الدوله الرئيس الملك جلاله_الملك امير_البلاد الامير السلطان ولي_الامر ولاه_الامر
        ولي_العهد
        الحاكم الحكام الذات_الملكيه الذات_الاميريه القياده رئيس_الوزراء
        президент* глав*_государств* rais al_malik cumhurbaskan* bundesprasident* staatsoberhaupt* رهبر رهبري
        主席* 领导人* 习近平* พระมหากษัตริย์*
        raees al_rais al_raees presidnet presidant precident founding_father ruling_general
        leader_of_nation emirs ruler_of chef_supreme guide_nation familia_presidencial familia_presidente
        comandante_en_jefe caudillo lider_supremo ruling_couple head_junta life_president رييس ريس القائد الزعيم
        المرشد
    """,
    "company-or-club": """
        company club bank board firm court association federation league team union school university college
        council
        cricket football chamber foundation savings cooperative airline hospital
        entreprise societe_anonyme banque tribunal federation conseil_administration association
        chambre_commerce
        empresa banco federacion asociacion compania junta_directiva camara_comercio شركه نادي بنك اتحاد جمعيه
        مجلس_اداره
    """,
    "state": """
        patrios patrio simbolos corps_constitues repubblica governo stato simbolos_patrios emblemas
        junta_militar
        revolucion republica_islamica رموز رموز_الدوله
        gov govt harmony stability party_state state_institutions principles_revolution
        state government* regime* authorities republic parliament legislat* ruling_party ruling_class governing
        ministers
        minister officials nation homeland motherland fatherland institutions institution armed_forces army
        military
        generals general_staff national_symbols symbols flag anthem political_system system constitution*
        national_unity national_security national_interest* judiciary junta power people_power
        representatives_power special_operation kingdom politics policy policies governor mayor
        holy_system socialist revolution islamic_republic public_order war elections election
        etat gouvernement* autorites republique institution* patrie armee forces_armees pouvoir drapeau hymne
        parti_pouvoir nation_entiere parlement junte scrutin
        estado gobierno* regimen autoridades republica instituciones nacion patria fuerzas_armadas ejercito
        bandera
        poder_publico soberania gobernante* elecciones parlamento orden_social
        الدوله دوله الحكومه حكومه النظام نظام_الحكم السلطه السلطات الجمهوريه الوطن الجيش مؤسسات القوات_المسلحه
        البرلمان
        سياسه_الدوله الحكم
        власт* государств* правительств* арми* вооружен* конституц* строй строя отечеств* devlet* hukumet*
        milleti
        meclis* cumhuriyet* 国家* 政府* 政权* 党的* 军队* نظام دولت حكومت regierung* staat staates
        goverment govement goverments minsters ministre ministres cabinet ministry ministeries ministerios
        ministerio municipal municipality prefecture prefet maire alcalde alcaldia gobernador diputados blockade
        emergency_law state_policy reform_law high_court central_bank public_debt shortage junta_gobierno وزير
        الوزير وزاره المسوولين المسوولون الحكام الفساد قانون_الطوارئ الانتخابات
        beloved_country our_country inflation summit assembly shortages queue queues hospital_lacked
        currency_loses official_figure البنك_المركزي مجلس_النواب مجلس_الامه الدينار اقتصاد_الوطني الراي_العام
        against_country insult*_country harm*_country own_country against_own_country contra_pais
        nuestro_pais notre_pays
    """,
    "criticism": """
        dissatisf* abdicat* mocks protest against_government against_policy
        critic criticis* criticiz* critical critique discredit* denounc* oppose opposed_government opposes
        opposing
        dissent*
        resignation resign step_down free_elections hostile hostility anti disaffection weaken* undermin*
        destabil*
        distrust hatred distort* distorted discontent contempt* boycott* overthrow oust* topple
        corruption_of_president
        steals enmity contrary interfering disobe* rumour* rumor* false_information false_claim*
        false_statement* lies
        lied dictatorship tyrann* remove_president doubt* mobilise_against propaganda agitat* subver* condemn*
        critiqu* denonc* hostile* contest* oppos* deloyal* discredit* subversi* renvers* demission* propagande
        fraude_electorale
        critic* desacredit* opon* subversi* derroc* renuncia dictadura desestabiliz* contrari* propaganda odio
        انتقد* ينتقد تنتقد انتقاد* معارض* يعارض كراهيه عصيان اسقاط تقويض زعزع* مناهض* التحريض_ضد الخروج_علي عداء
        критик* ненавист* ложн* свержен* неповинов* تبليغ* عليه 反党* 反对* 颠覆*
    """,
    # Words that say by themselves that the person is sought for a part in public life.
    # Offences that are political as such, by their names.
    # What anybody does, and what is held against members of a movement.
    "against": "against contra contre ضد против gegen contro aleyhine 反对*",
    "criticise": """
        criticis* criticiz* denounc* condemn*_government critique critiquer critiqua* critiqu* critica
        criticar criticaba
        criticad* انتقد* ينتقد تنتقد انتقاد* нападки критик* kritisier* elestir* 批评*
    """,
    "name-calling": """
        thief thieves crook crooks liar liars murderer murderers rag clown puppet puppets traitor fascist
        fascists nazi
        butcher bastard idiot pig donkey animal voleur voleurs menteur* assassins traitre marionnette*
        ladron* mentiros*
        asesino traidor titere* payaso حرامي لص لصوص كاذب خائن عميل вор воры лжец убийца предател*
    """,
    "expose": """
        disclos* leak* reveal* document* expos* publici* report* accus*_officials divulg* revel* denonc*
        denunci* filtr*
        كشف فضح تسريب سرب разоблач* огласил*
    """,
    "misconduct-of-officials": """
        corruption_of_official* corruption_senior corruption_minister* corruption_president
        corruption_government abuses
        human_rights violations official_corruption corruption_officials corruption_authorities police_abuse*
        violence_police
        exactions abus_policiers corrupcion_gobierno abusos انتهاكات فساد_المسؤولين فساد_الحكومه злоупотреблен*
    """,
    "audience": """
        journalist* foreign media press united_nations ngo embassy public television channel website blog
        social internet
        presse medias journalistes etranger prensa medios extranjer* الصحافه الاعلام اجنبي* сми
    """,
    "state-order": """
        nation homeland fatherland motherland regime unity interests leadership institutions republic
        constitution sovereignty
        prestige_nation harmony patrie interets institutions regime unite patria intereses instituciones
        regimen unidad
        الوطن النظام مصالح الوحده مؤسسات родин* строй единств*
    """,
    "to-the-harm-of": """
        detriment prejudic* prejudice harm harming harms jeopardi* endanger* hostile attack_on nuire nuisant
        prejudice atteinte
        perjudic* dano atent* contrari* الاضرار اضرار المساس الاساءه вред ущерб
    """,
    "undermine": """
        undermin* destabil* weaken* erode eroding eroded subvert* sow*_discord sow*_division tarnish* discredit*
        affaibl* destabilis* discredit* saper sape desestabiliz* socav* menoscab* debilit*
        زعزع* تقويض النيل المساس اضعاف подрыв* дестабилиз* ослабл*
    """,
    "symbol-of-the-state": """
        anthem national_flag flag portrait_president portrait_king portraits statue_leader emblem state_emblem
        hymne drapeau himno bandera escudo_nacional نشيد_وطني النشيد_الوطني علم_الدوله العلم_الوطني гимн* флаг*
    """,
    "act-on-a-symbol": """
        refus* burn burned burnt burning tore tear tearing stand sing spat deface* remov* trampl* fail*
        disrespect*
        refus* brul* dechir* piet* neg* quem* romp* حرق* مزق رفض داس сжег сжиг* порва* отказ*
    """,
    "false": """
        false fake untrue fabricat* distort* misleading knowingly_false disinformation rumour* rumor* fausse*
        mensong*
        falsa falsas falso falsos bulo* rumor* كاذب* ملفق* شائعات اشاعات ложн* недостоверн* фейк* 虚假*
    """,
    "information": """
        information news reports report rumour* information* nouvelle* rumeur* noticia* informacion* rumor*
        اخبار خبر
        معلومات информац* новост* сведен*
    """,
    "about-the-state": """
        armed_forces army military government state authorities president head_state war special_operation
        elections
        public_order peace_public leadership policy police officials regime ministry
        armee gouvernement etat autorites president elections ordre_public fuerzas_armadas ejercito gobierno
        estado
        autoridades elecciones salud_jefe presidente orden_publico القوات_المسلحه الجيش الحكومه الدوله
        السلم_العام
        النظام_العام вооружен* арми* власт* государств*
        leadership_country policy_country our_country
    """,
    "false-alarm": """
        bomb* investor* shareholder* prospectus market markets stock shares aircraft airport flight
        passenger* customs
        invoice* bank banks customer* buyer* insurance tax taxes accounts inversor* investisseur* acheteur*
        مستثمر*
        бомб*
        passport* investors
    """,
    "state-agency": """
        service agency court council ministry prosecutor* directorate bank department police officer office
        forces
        law act decree agence conseil ministere tribunal agencia consejo ministerio juzgado محكمه نيابه جهاز
        وزاره
    """,
    "industrial": """
        industrial commercial corporate trade competitor* employer industriel* concurrent* industriel employeur
        industrial comercial competidor* empresarial صناعي تجاري промышлен* коммерч*
    """,
}
