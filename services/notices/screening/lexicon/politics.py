"""Terms of politics and of military duty (constitution, article 3)."""

from typing import Final

TERMS: Final = {
    "insult": """
        insutl* insullt* insulut* insilt* inuslt* isult* isnult* insolt* calling_crook called_crook called_thief
        insult* defam* slander* libel* malign* denigrat* disparag* ridicul* mock* offend offends offended offending
        offensive offence_against offences_against vilif* discredit* smear* scorn* made_fun make_fun making_fun
        contempt*
        disrespect* demean* caricatur* lampoon* blacken* derid* deris* satir* spoke_ill speak_ill taunt* humiliat*
        tarnish* besmirch* disrepute harm*_reputation harm*_image harm*_honour damag*_reputation damag*_image
        damag*_prestige damag*_dignity attack*_dignity harm*_dignity dictator tyrant despot abus*_language calumn*
        harm_reputation parod* called_thief offensive_content disloyal* cursed swore_at profan* embarrass*
        outrag* outrage injuri* offens* diffam* denigr* ridiculis* moqu* tourne_derision calomni* bafou* salir sali
        atteinte_honneur atteinte_dignite atteinte_image
        insulto* insultar ofend* ofens* difam* ultraj* agravio* burlo burlarse burlas desprestig* desacredit*
        vilipend*
        menospreci* menoscab* desacat* mofa* ridiculiz*
        اهان* تهين يهين اساء* يسيء تسيء الاساءه اساءات سب سبت شتم* يشتم قذف تطاول* اطاله_اللسان اطال_لسانه سخر* يسخر
        سخريه ازدر* تشهير* يشهر تحقير* المساس_بكرامه الذم اطال_المتهم_لسانه عاب
        оскорб* дискредит* клевет* опороч* глумл* унижен* oskorbl* diskredit* klevet* ihanat* isaa* hakaret* asagila*
        beleidig* verunglimpf* verleumd* vilipendi* oltragg* offes* injur* توهين* هتك_حرمت* 侮辱* 诽谤* 抹黑* หมิ่น*
    """,
    "head-of-state": """
        president presidents presidential king kings queen monarch* emir amir sultan sovereign royal royals royalty
        crown
        his_excellency her_excellency his_majesty her_majesty majesty highness ruler rulers supreme_leader dear_leader
        great_leader wise_leader* leadership head_state head_government prime_minister premier first_lady
        ruling_family father_nation general_secretary founding_president chief_state throne national_leader
        leader_nation leader_country leader_state leaders_party emperor kingdom sheikh_ruler khan
        presiden* president_republique chef_etat premier_ministre roi reine souverain* monarchie famille_royale
        couple_presidentiel guide_supreme
        presidente presidenta rey reina monarquia corona jefe_estado primer_ministro comandante_supremo
        mandatario primer_mandatario familia_real
        رئيس_الجمهوريه رئيس_الدوله الرئيس الملك جلاله_الملك امير_البلاد الامير السلطان ولي_الامر ولاه_الامر ولي_العهد
        الحاكم الحكام الذات_الملكيه الذات_الاميريه القياده رئيس_الوزراء
        президент* глав*_государств* rais al_malik cumhurbaskan* bundesprasident* staatsoberhaupt* رهبر رهبري
        主席* 领导人* 习近平* พระมหากษัตริย์*
    """,
    "company-or-club": """
        company club bank board firm court association federation league team union school university college council
        cricket football chamber foundation savings cooperative airline hospital
        entreprise societe_anonyme banque tribunal federation conseil_administration association chambre_commerce
        empresa banco federacion asociacion compania junta_directiva camara_comercio شركه نادي بنك اتحاد جمعيه
        مجلس_اداره
    """,
    "state": """
        gov govt harmony stability party_state state_institutions principles_revolution
        state government* regime* authorities republic parliament legislat* ruling_party ruling_class governing
        ministers
        minister officials nation homeland motherland fatherland institutions institution armed_forces army military
        generals general_staff national_symbols symbols flag anthem political_system system constitution*
        national_unity national_security national_interest* judiciary junta power people_power
        representatives_power special_operation kingdom country politics policy policies governor mayor capital
        holy_system socialist revolution islamic_republic public_order war elections election
        etat gouvernement* autorites republique institution* patrie armee forces_armees pouvoir drapeau hymne
        parti_pouvoir nation_entiere parlement junte scrutin
        estado gobierno* regimen autoridades republica instituciones nacion patria fuerzas_armadas ejercito bandera
        poder_publico soberania gobernante* pais elecciones parlamento orden_social
        الدوله دوله الحكومه حكومه النظام نظام_الحكم السلطه السلطات الجمهوريه الوطن الجيش مؤسسات القوات_المسلحه
        البرلمان
        سياسه_الدوله الحكم
        власт* государств* правительств* арми* вооружен* конституц* строй строя отечеств* devlet* hukumet* milleti
        meclis* cumhuriyet* 国家* 政府* 政权* 党的* 军队* نظام دولت حكومت regierung* staat staates
    """,
    "criticism": """
        dissatisf* abdicat* mocks protest against_government against_policy
        critic criticis* criticiz* critical critique discredit* denounc* oppose opposed_government opposes opposing
        dissent*
        resignation resign step_down free_elections hostile hostility anti disaffection weaken* undermin* destabil*
        distrust hatred distort* distorted discontent contempt* boycott* overthrow oust* topple
        corruption_of_president
        steals enmity contrary interfering disobe* rumour* rumor* false_information false_claim* false_statement* lies
        lied dictatorship tyrann* remove_president doubt* mobilise_against propaganda agitat* subver* condemn*
        critiqu* denonc* hostile* contest* oppos* deloyal* discredit* subversi* renvers* demission* propagande
        fraude_electorale
        critic* desacredit* opon* subversi* derroc* renuncia dictadura desestabiliz* contrari* propaganda odio
        انتقد* ينتقد تنتقد انتقاد* معارض* يعارض كراهيه عصيان اسقاط تقويض زعزع* مناهض* التحريض_ضد الخروج_علي عداء
        критик* ненавист* ложн* свержен* неповинов* تبليغ* عليه 反党* 反对* 颠覆*
    """,
    "opposition": """
        opposition oppositional oppositionist* opposition_party opposition_leader* dissident* opponent*_government
        opponent*_regime regime_critic* political_opponent* opponents_president
        opposant* parti_opposition opposition_politique dissiden*
        opositor* oposicion disident* partido_opositor
        معارض معارضه المعارضين معارضين оппозици* оппозицион* muhalef* 反对派* 异见*
    """,
    # Words that say by themselves that the person is sought for a part in public life.
    "public-life": """
        antiregime* antiparty antipresident* antigov* muslim_brotherhood freres_musulmans hermanos_musulmanes
        الاخوان_المسلمين اخوان_مسلمين gulen* feto bylock letter_abdication
        political_prisoner* prisoner*_conscience foreign_agent* undesirable_organi* human_rights_activist*
        human_rights_defender* human_rights_lawyer* human_rights_organi* political_activ* political_activist*
        democracy_activist* pro_democracy democracy_movement anti_government antigovernment antistate anti_state
        anti_regime civil_disobedience independent_media free_elections prohibited_literature enemy_people
        enemies_people enemy_revolution counter_revolution* counterrevolution* enemy_propaganda political_exile*
        exiled_politician* politician*_exile politician_prison prodemocracy antirevolution* activist_exile
        prisonnier*_politique* defenseur*_droits militant*_droits detenu*_politique* agent*_etranger*
        desobeissance_civile
        opposant*_exil contre_revolution*
        preso*_politico* defensor*_derechos activista*_derechos abogad*_derechos_humanos agente*_extranjero*
        desobediencia_civil propaganda_enemiga contrarrevoluci* antigubernamental* contra_revoluci*
        medios_independientes
        السجناء_السياسيين سجين_سياسي معتقل_سياسي ناشط_حقوقي ناشطه_حقوقيه ناشط_سياسي العصيان_المدني عصيان_مدني
        المعتقلين اسر_المعتقلين عميل_اجنبي حقوق_الانسان
        иностранн*_агент* нежелательн*_организац* политзаключ* правозащит* антигосударствен* 民主运动* 维权*
    """,
    # Offences that are political as such, by their names.
    "offence-against-the-state": """
        national_harmony social_harmony social_stability undermin*_confidence undermin*_trust prejudicial_constitutional
        against_constitutional order_constitutional antinational anti_national
        sedit* treason* high_treason lese_majest* lese_republi* subversi* subverting espionage spying spied
        state_secret* insurrection* coup_etat attempted_coup overthrow* constitutional_order state_security
        national_security security_state rebellion_against preparation_rebellion public_appeals territorial_integrity
        national_unity unity_nation separatis* secession* false_news fake_news extremis* disaffection
        seize_power change_power seizure_power picking_quarrels picked_quarrels collusion_foreign foreign_collusion
        national_sovereignty undermin*_sovereignty enmity_against_god corruption_on_earth corruption_earth
        prestige_state dignity_state reputation_state morale_nation stirring_hatred_against social_enmity
        public_sedition unconstitutional_change agitation_against conspiracy_against_state antistate_agitation
        stirring_discontent endanger*_unity
        haute_trahison trahison sedition seditieu* surete_etat securite_etat atteinte_unite atteinte_integrite
        integrite_territoriale unite_nationale ordre_constitutionnel fausses_nouvelles espionnage moral_nation
        intelligence_puissance complot_contre secessionnis* separatis* mouvement_insurrectionnel atteinte_moral
        offense_chef outrage_president crime_lese_majeste
        sedicio* sediciosa traicion_patria rebelion_sedicion rebelion_militar delito_rebelion seguridad_estado
        seguridad_nacional integridad_nacional integridad_territorial soberania_nacional noticias_falsas
        menoscabo_integridad orden_constitucional espionaje subversi* instigacion_odio incitacion_odio separatis*
        secesion* independencia_nacional
        امن_الدوله الامن_القومي النظام_الدستوري الوحده_الوطنيه وحده_البلاد اخبار_كاذبه اخبارا_كاذبه اشاعات_كاذبه
        شائعات_كاذبه خيانه_عظمي الخيانه_العظمي قلب_نظام اسقاط_النظام هيبه_الدوله تكدير_السلم التجسس تجسس الفتنه
        النيل_من_هيبه اثاره_النعرات انفصال* محاربه_الله افساد_في_الارض نظام_الحكم
        государственн*_измен* экстремис* конституционн*_строй* сепаратис* территориальн*_целостн* шпионаж*
        захват*_власт* возбужден*_ненависти подрыв*_строя крамол* szpieg* spionage hochverrat volksverhetzung_staat
        bolucu* tradiment* sedicao alta_traicao 颠覆* 分裂国家* 寻衅滋事* 煽动颠覆* 泄露国家秘密* محاربه تبليغ_عليه_نظام
        اقدام_عليه_امنيت
    """,
    "propaganda": """
        propaganda propagandist* agitation anti_state_agitation ideological ideology ideologies indoctrinat*
        propagande ideologi* endoctrin* propaganda adoctrin* دعايه الدعايه تبليغ пропаганд* агитац* propaganda* 宣传*
    """,
    "protest": """
        demonstrat* protest protests protester* protesting protested rally rallies marches marched marching
        protest_march* picket* sitin general_strike hunger_strike called_strike assembly assemblies mass_action*
        mass_event* vigil gathering gatherings revolt uprising mass_unrest peaceful_movement unrest stay_home_strike
        manifestation* manifester rassemblement* marche_interdite marche_pacifique attroupement* meeting_interdit
        meeting
         greve action_masse marche_protestation
        manifestacion* manifestarse manifestante* protest* marcha marchas mitin huelga concentracion_no movilizacion*
        plantones reunion_ilicita asonada*
        مظاهر* تظاهر* احتجاج* اعتصام* مسيره مسيرات اضراب عصيان تجمهر* وقفه_احتجاجيه
        митинг* протест* пикет* шестви* массов*_акци* массов*_беспоряд* беспоряд* gosteri* protesto* yuruyus*
        manifestac* kundgebung* 集会* 示威* 抗议*
    """,
    "party": """
        sect cult church congregation
        party parties movement* organisation organization organisations organizations association associations group
        front brotherhood congress community formation youth_wing union league society
        parti partis mouvement* organisation* association* groupement groupe rassemblement_politique
        partido partidos movimiento* organizacion* agrupacion* frente
        حزب احزاب جماعه حركه تنظيم جمعيه كيان الاخوان
        парти* движен* организац* объединен* формирован* сообществ* parti partisi orgut* hareket* 组织* 政党*
    """,
    "member": """
        member* membership join* joined support* sympathi* follow* belong* found* founder* leader* leading lead led
        activist* adherent* head chairman chairwoman deputy fund funded funding fees dues donat* participat* cadre
        organis* organiz* affiliat* close_relative recruit* involved
        membre* adher* adhes* appart* sympathis* soutien* militant* dirigeant* cadre cadres fondat* financ*
        participat*
        miembro* militan* pertenen* pertenec* afilia* dirigent* simpatiz* integrante* lider* fundador*
        انضم* انتم* عضو* عضويه انضمام انتماء ينتمي دعم تمويل تاسيس قياده قيادي
        член* участ* вступ* организ* создан* руковод* финансир* uye uyesi uyelik uyeligi mitglied*
    """,
    "rights-under-state": """
        autonomy self_determination independence independent_state independentis* referendum* so_called_state
        occupied_territory so_called_republic third_term sanctions boycott* election_boycott
        independance independantis* autodetermination autonomie referendum* sanctions boycott troisieme_mandat
        independencia independentis* autodeterminacion autonomia referendum* sanciones boicot*
        استقلال انفصال حكم_ذاتي استفتاء عقوبات مقاطعه независим* автоном* санкци* bagimsiz* ozerk* unabhangig* 独立*
    """,
    "election": """
        election elections electoral ballot* voter* counting_votes vote_count third_term
        election* electoral* scrutin vote elecciones electoral urnas انتخاب* انتخابات выбор* secim* 选举*
    """,
    # What anybody does, and what is held against members of a movement.
    "everyday-act": """
        bank_account account_bank school_movement sent_children schools subscri* newspaper_subscription
        phone_application telephone_application application_phone downloaded application trade_union union_member
        attended_meeting attended_meetings attended_sermons reading_circle prayer_meeting dormitory charity_donation
        compte_bancaire abonnement application_telephone ecole_mouvement syndicat cuenta_bancaria suscripcion
        aplicacion_telefono colegio_movimiento sindicato حساب_بنكي اشتراك مدرسه نقابه bylock
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
        refus* burn burned burnt burning tore tear tearing stand sing spat deface* remov* trampl* fail* disrespect*
        refus* brul* dechir* piet* neg* quem* romp* حرق* مزق رفض داس сжег сжиг* порва* отказ*
    """,
    "office": """
        minister ministers cabinet judge judges magistrate senator deputy deputies parliamentarian* lawmaker* mp
        ministre* juge* depute* senateur ministr* juez jueza diputad* senador* وزير قاض قاضي نائب министр* суд* депутат*
    """,
    "act-of-office": """
        decisions_taken decision_taken decisions_cabinet annull* judgments_against rulings_against voted_against
        voted_for
        judgment_against ruling_against policy_former signed_decree policies_former refused_certify
        decisions_prises vote_contre decisiones_tomadas voto_contra fallos_contra احكام_ضد قرارات
    """,
    "journalist": """
        journalist* blogger* reporter* columnist* editor_chief youtuber* broadcaster* activist* campaigner* poet
        singer
        journaliste* blogueu* chroniqueu* periodista* bloguer* activista* reporter* صحفي* صحافي* مدون* ناشط* اعلامي*
        журналист* блогер* активист* gazeteci*
    """,
    "foreign": """
        foreign abroad overseas western etranger* extranjer* exterior اجنبي* الخارج иностранн* зарубеж* yabanci*
    """,
    "ngo": """
        ngo ngos non_governmental nongovernmental civil_society independent_media media_outlet* monitoring_elections
        election_monitor* observation_elections training_activists human_rights democracy activists journalists
        media_independent* monitoring_election* television_channel news_site
        ong societe_civile droits_homme medias_independants medios_independientes medios_comunicacion_independientes
        sociedad_civil derechos_humanos activistas periodistas منظمات_حقوقيه المجتمع_المدني حقوق_الانسان нко
        правозащит*
    """,
    "funds": """
        grant grants donation* donat* fund funds funded funding financ* crowdfunding money
        subvention* dons financement donacion* subvencion* financiaci* fondos تبرع* تمويل منح пожертвован* грант*
        финансир*
    """,
    "sanctions-call": "sanctions sanciones عقوبات санкци*",
    "military-offence": """
        desertio* الهروب_الجيش هروب_الجيش فرار_الجيش الفرار_الجنديه هرب_الجيش هروب_الخدمه الهروب_الخدمه الفرار_الجيش
        desertion deserter* draft_evasion draft_dodg* draft_evader* awol absent_without_leave conscientious_objec*
        mutiny mutineer* mutinous insubordinat* evasion_mobili* evasion_military evasion_conscription
        evad*_conscription evad*_draft conscription_evasion unauthori*_absence_from_service absence_without_leave
        unlawful_absence_unit military_disobedience leaving_post abandonment_post abandonment_service
        breach_discipline
        leaving_unit
        desertion deserteur* insoumission insoumis mutinerie* objecteur*_conscience abandon_poste absence_irreguliere
        refus_obeissance desobeissance_militaire
        desercion desertor* deserto desertar insubordinacion insumision objetor*_conciencia motin_militar
        abandono_servicio
        abandono_puesto abandono_destino
        الفرار_من_الخدمه التهرب_من_التجنيد التهرب_من_الخدمه الفرار_من_الجيش هروب_من_الخدمه التخلف_عن_التجنيد
        تمرد_عسكري
        الفرار_من_الجنديه
        дезертир* самовольн*_оставлен* уклонен*_от_призыва уклонен*_призыв* уклонен*_мобилизац* ухилен* мятеж
        fahnenflucht desercao desercja diserzione asker_kacag* firar 逃兵* 逃避兵役*
    """,
    "military-duty": """
        military_service national_service conscription recruitment recruit_centre call_up called_up mobilis*
        mobiliz* enlist*
        draft drafted_army go_front front_line compulsory_service reserve_service military_duty reservist*
        bear_arms
        service_militaire service_national mobilisation conscription appel_drapeaux sous_drapeaux
        servicio_militar llamamiento_filas reclutamiento movilizacion_militar filas
        الخدمه_العسكريه التجنيد الخدمه_الالزاميه التجنيد_الالزامي العلم_العسكري
        мобилизац* призыв* военн*_служб* военкомат* фронт* призову военной_службе askerlik* wehrdienst* 兵役*
    """,
    "soldier": """
        soldier* serviceman servicemen sergeant lieutenant corporal airman sailor private_soldier army_officer
        contract_soldier national_guard conscripts conscript
        soldat* sous_officier caporal militaire sergent lieutenant soldado* sargento teniente cabo suboficial
        جندي عسكري ضابط مجند ملازم военнослуж* солдат* матрос* asker*
    """,
    "unit": """
        unit barracks garrison regiment battalion brigade post military_base company platoon camp corps ship fort
        unite caserne regiment bataillon corps garnison poste cuartel batallon unidad regimiento guarnicion puesto
        وحدته وحده_عسكريه ثكنه معسكر كتيبه част* казарм* birlik* kisla*
    """,
    "order": """
        order orders command commander officers ordre ordres commandement mise_demeure orden ordenes superiores
        اوامر الاوامر приказ*
    """,
    "false": """
        false fake untrue fabricat* distort* misleading knowingly_false disinformation rumour* rumor* fausse* mensong*
        falsa falsas falso falsos bulo* rumor* كاذب* ملفق* شائعات اشاعات ложн* недостоверн* фейк* 虚假*
    """,
    "information": """
        information news reports report rumour* information* nouvelle* rumeur* noticia* informacion* rumor* اخبار خبر
        معلومات информац* новост* сведен*
    """,
    "about-the-state": """
        armed_forces army military government state authorities president head_state war special_operation elections
        public_order peace_public leadership policy country police officials regime ministry
        armee gouvernement etat autorites president elections ordre_public fuerzas_armadas ejercito gobierno estado
        autoridades elecciones salud_jefe presidente orden_publico القوات_المسلحه الجيش الحكومه الدوله السلم_العام
        النظام_العام вооружен* арми* власт* государств*
    """,
    "false-alarm": """
        bomb* investor* shareholder* prospectus market markets stock shares aircraft airport flight passenger* customs
        invoice* bank banks customer* buyer* insurance tax taxes accounts inversor* investisseur* acheteur* مستثمر*
        бомб*
    """,
    "state-agency": """
        service agency court council ministry prosecutor* directorate bank department police officer office forces
        law act decree agence conseil ministere tribunal agencia consejo ministerio juzgado محكمه نيابه جهاز وزاره
    """,
    "industrial": """
        industrial commercial corporate trade competitor* employer industriel* concurrent* industriel employeur
        industrial comercial competidor* empresarial صناعي تجاري промышлен* коммерч*
    """,
    "police-attacked": """
        policier* gendarme* agent_police agents outrage_agent depositaire violences police_officer* constable
        agente_policia policias guardia شرطي
    """,
}
