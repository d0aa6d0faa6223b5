"""Terms of parties, protest, elections and offences against the state (constitution, article 3)."""

from typing import Final

TERMS: Final = {
    "opposition": """
        opposition oppositional oppositionist* opposition_party opposition_leader* dissident*
        opponent*_government
        opponent*_regime regime_critic* political_opponent* opponents_president
        opposant* parti_opposition opposition_politique dissiden*
        opositor* oposicion disident* partido_opositor
        معارض معارضه المعارضين معارضين оппозици* оппозицион* muhalef* 反对派* 异见*
        green_list opposition_list opponent_state opposants opponents oppositionists regime_opponent المعارضه
    """,
    "public-life": """
        blank_sheet* white_sheet* blank_paper* detained_demonstrators detained_protest* families_detain*
        families_prisoners
        families_political افكار_متطرفه الفكر_المتطرف التطرف_الفكري familias_presos familles_detenus
        reunion_politique
        prisoners_political politische_gefangene oppositional_media
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
    "offence-against-the-state": """
        securite_interieure surete_interieure seguridad_interior interests_nation interests_state
        interests_country
        national_interest* support*_coup coup_attempt* failed_coup military_coup golpe_estado darbe*
        tentative_coup_etat
        разжиган*_розн* социальн*_розн* rozzhigan* extremis* امن_البلاد الامن_الوطني الامن_الداخلي
        المصالح_العليا
        intereses_supremos interets_superieurs seguridad_interna
        national_harmony social_harmony social_stability undermin*_confidence undermin*_trust
        prejudicial_constitutional
        against_constitutional order_constitutional antinational anti_national
        sedit* treason* high_treason lese_majest* lese_republi* subversi* subverting espionage spying spied
        state_secret* insurrection* coup_etat attempted_coup overthrow* constitutional_order state_security
        national_security security_state rebellion_against preparation_rebellion public_appeals
        territorial_integrity
        national_unity unity_nation separatis* secession* false_news fake_news extremis* disaffection
        seize_power change_power seizure_power picking_quarrels picked_quarrels collusion_foreign
        foreign_collusion
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
        menoscabo_integridad orden_constitucional espionaje subversi* instigacion_odio incitacion_odio
        separatis*
        secesion* independencia_nacional
        امن_الدوله الامن_القومي النظام_الدستوري الوحده_الوطنيه وحده_البلاد اخبار_كاذبه اخبارا_كاذبه اشاعات_كاذبه
        شائعات_كاذبه خيانه_عظمي الخيانه_العظمي قلب_نظام اسقاط_النظام هيبه_الدوله تكدير_السلم التجسس تجسس الفتنه
        النيل_من_هيبه اثاره_النعرات انفصال* محاربه_الله افساد_في_الارض نظام_الحكم
        государственн*_измен* экстремис* конституционн*_строй* сепаратис* территориальн*_целостн* шпионаж*
        захват*_власт* возбужден*_ненависти подрыв*_строя крамол* szpieg* spionage hochverrat
        volksverhetzung_staat
        bolucu* tradiment* sedicao alta_traicao 颠覆* 分裂国家* 寻衅滋事* 煽动颠覆* 泄露国家秘密* محاربه تبليغ_عليه_نظام
        اقدام_عليه_امنيت
    """,
    "propaganda": """
        propaganda propagandist* agitation anti_state_agitation ideological ideology ideologies indoctrinat*
        propagande ideologi* endoctrin* propaganda adoctrin* دعايه الدعايه تبليغ пропаганд* агитац*
        propaganda* 宣传*
    """,
    "protest": """
        demonstrat* protest protests protester* protesting protested rally rallies marches marched marching
        protest_march* picket* sitin general_strike hunger_strike called_strike assembly assemblies mass_action*
        mass_event* vigil gathering gatherings revolt uprising mass_unrest peaceful_movement unrest
        stay_home_strike
        manifestation* manifester rassemblement* marche_interdite marche_pacifique attroupement*
        meeting_interdit
        meeting
         greve action_masse marche_protestation
        manifestacion* manifestarse manifestante* protest* marcha marchas mitin huelga concentracion_no
        movilizacion*
        plantones reunion_ilicita asonada*
        مظاهر* تظاهر* احتجاج* اعتصام* مسيره مسيرات اضراب عصيان تجمهر* وقفه_احتجاجيه
        митинг* протест* пикет* шестви* массов*_акци* массов*_беспоряд* беспоряд* gosteri* protesto* yuruyus*
        manifestac* kundgebung* 集会* 示威* 抗议*
        candles sit_down blockade stay_home strike strikes striking walkout vigils cacerolazo planton
        paro bloqueo tomas acampada greves greve_illimitee manif manifs sit_in_devant وقفه
    """,
    "party": """
        secta secte
        sect cult church congregation
        party parties movement* organisation organization organisations organizations association
        associations group
        front brotherhood congress community formation youth_wing union league society
        parti partis mouvement* organisation* association* groupement groupe rassemblement_politique
        partido partidos movimiento* organizacion* agrupacion* frente
        حزب احزاب جماعه حركه تنظيم جمعيه كيان الاخوان
        парти* движен* организац* объединен* формирован* сообществ* parti partisi orgut* hareket* 组织* 政党*
        federation federations union_students network collective committee council list bloc fraction
        club_reading federation_etudiants collectif coalition comite colectivo federacion sindicato اتحاد
        نقابه رابطه مجموعه لجنه
    """,
    "member": """
        member* membership join* joined support* sympathi* follow* belong* found* founder* leader* leading
        lead led
        activist* adherent* head chairman chairwoman deputy fund funded funding fees dues donat* participat*
        cadre
        organis* organiz* affiliat* close_relative recruit* involved
        membre* adher* adhes* appart* sympathis* soutien* militant* dirigeant* cadre cadres fondat* financ*
        participat*
        miembro* militan* pertenen* pertenec* afilia* dirigent* simpatiz* integrante* lider* fundador*
        انضم* انتم* عضو* عضويه انضمام انتماء ينتمي دعم تمويل تاسيس قياده قيادي
        член* участ* вступ* организ* создан* руковод* финансир* uye uyesi uyelik uyeligi mitglied*
        distribut* attended attends sympath* follower preacher subscribed volunteer* responsable distribu*
        reparti* asist* حضر يحضر يوزع
    """,
    "rights-under-state": """
        autonomy self_determination independence independent_state independentis* referendum* so_called_state
        occupied_territory so_called_republic third_term sanctions boycott* election_boycott
        independance independantis* autodetermination autonomie referendum* sanctions boycott troisieme_mandat
        independencia independentis* autodeterminacion autonomia referendum* sanciones boicot*
        استقلال انفصال حكم_ذاتي استفتاء عقوبات مقاطعه независим* автоном* санкци* bagimsiz* ozerk*
        unabhangig* 独立*
    """,
    "election": """
        election elections electoral ballot* voter* counting_votes vote_count third_term
        election* electoral* scrutin vote elecciones electoral urnas انتخاب* انتخابات выбор* secim* 选举*
    """,
    "everyday-act": """
        bank_account account_bank school_movement sent_children schools subscri* newspaper_subscription
        phone_application telephone_application application_phone downloaded application trade_union
        union_member
        attended_meeting attended_meetings attended_sermons reading_circle prayer_meeting dormitory
        charity_donation
        compte_bancaire abonnement application_telephone ecole_mouvement syndicat cuenta_bancaria suscripcion
        aplicacion_telefono colegio_movimiento sindicato حساب_بنكي اشتراك مدرسه نقابه bylock
    """,
    "political": """
        political politically politic politician* politique* politico* politica politicas politicos سياسي*
        السياسي*
        политич* siyasi* politisch* 政治*
    """,
    "political-act": """
        meeting* activit* writing* opinion* book* wing association gathering campaign* statement* speech*
        comment* content
        discussion* reunion* activite* ecrit* opinion* campagne actividad* reunion* escrit* campana*
        نشاط انشطه اجتماع* راي اراء كتابات حمله деятельн* собран* faaliyet*
    """,
    "election-doubt": """
        doubt* cast_doubt rigg* contest* disput* boycott* not_won stolen_election not_recognise not_recognize
        questioned
        pas_gagne douteu* truque* contestation fraude_electoral boicot* no_reconoc* impugn* تشكيك شكك مزوره
        التزوير_في_الانتخابات
        фальсификац*_выбор* сомнен*
    """,
    "office": """
        minister ministers cabinet judge judges magistrate senator deputy deputies parliamentarian* lawmaker* mp
        ministre* juge* depute* senateur ministr* juez jueza diputad* senador* وزير قاض قاضي نائب министр*
        суд* депутат*
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
        journaliste* blogueu* chroniqueu* periodista* bloguer* activista* reporter* صحفي* صحافي* مدون* ناشط*
        اعلامي*
        журналист* блогер* активист* gazeteci*
    """,
    "foreign": """
        foreign abroad overseas western etranger* extranjer* exterior اجنبي* الخارج иностранн* зарубеж* yabanci*
    """,
    "ngo": """
        ngo ngos non_governmental nongovernmental civil_society independent_media media_outlet*
        monitoring_elections
        election_monitor* observation_elections training_activists human_rights democracy activists journalists
        media_independent* monitoring_election* television_channel news_site
        ong societe_civile droits_homme medias_independants medios_independientes
        medios_comunicacion_independientes
        sociedad_civil derechos_humanos activistas periodistas منظمات_حقوقيه المجتمع_المدني حقوق_الانسان нко
        правозащит*
    """,
    "funds": """
        grant grants donation* donat* fund funds funded funding financ* crowdfunding money
        subvention* dons financement donacion* subvencion* financiaci* fondos تبرع* تمويل منح пожертвован*
        грант*
        финансир*
    """,
}
