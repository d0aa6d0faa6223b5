"""Terms of assembly, associations, elections and exile, and of what is held against those who take part in them."""

from typing import Final

TERMS: Final = {
    # Acts of assembly that need no other word.
    "protest-act": """
        sat_down_road sat_down_highway sat_down_rails candlelight holding_candles blank_sheet human_chain
        hunger_strike strikers striking on_strike went_strike strike_call call_strike stay_home general_strike
        stay_away work_stoppage walkout walk_out walked_out_work boycott* petition petitions petitioned
        open_letter manifesto memorandum_demands flowers_monument flowers_memorial laid_flowers laid_wreath no_war
        peace_talks peace_march peace_appeal silent_march picket pickets picketed white_ribbon yellow_ribbon
        demonstration protest_camp protest_march protesters civil_disobedience banging_pots black_clothes_protest
        turned_backs sheet_paper greve greves greviste* chaine_humaine marche_silencieuse marche_blanche
        lettre_ouverte bougies non_guerre pourparlers casserole* concert_casseroles manifestation manifestations
        manifeste_signe huelga huelgas paro_nacional paro_indefinido plantada plantadas planton sentada sentadas
        cacerolazo cacerola* bloqueo_pacifico bloqueo_camino bloqueo_via tomas_universidad* toma_universidad
        acampaban acampada marcha_pacifica peticion_firmada carta_abierta manifiesto no_guerra marchas
        manifestaciones اضراب اعتصام اعتصم* مسيره مسيرات مظاهره مظاهرات احتجاج احتجاجات شموع وقفه عريضه
        رساله_مفتوحه لا_للحرب عصيان_مدني مقاطعه нет_войне нет_войны голодовк* забастовк* петици* одиночн*_пикет
        grev basin_aciklamasi imza_kampanyasi flash_mob lay_down_front lay_front bulldozer bulldozers balcony_pots
        casserole count_every_vote campus_occupation occupation_campus sleep_in vigilia vigilias velada
    """,
    "crowd": """
        gather* assembl* rally rallies march marched marching walked crowd crowds blocked block blocking occupied
        occupy occupation camped sit sat stood standing candles meeting meetings vigil parade convoy stay_home
        strike protest* demonstrat* funeral rassembl* defil* marche marcher manif* bloqu* occup* foule reunion*
        veillee cortege assemblee concentr* marcha* desfil* bloque* ocup* acamp* multitud vigilia asamblea تجمع*
        تجمهر* مسيره قطع_الطريق حشد اجتماع* وقف تظاهر* собрал* шеств* толп* toplan* yuruy*
    """,
    "public-place": """
        parliament ministry square highway road street streets university campus faculty embassy consulate palace
        townhall town_hall city_hall station mine monument memorial government_house courthouse prison workers
        farmers students teachers nurses doctors miners pensioners civil_servants parlement ministere place
        autoroute route rue rues universite faculte ambassade palais mairie hotel_ville ouvriers paysans etudiants
        enseignants infirmieres lycees parlamento ministerio plaza autopista carretera camino calle calles
        universidad facultad embajada palacio alcaldia mina monumento obreros campesinos estudiantes maestros
        trabajadores البرلمان الوزاره الساحه ميدان الشارع الجامعه السفاره القصر العمال الطلاب المعلمين الفلاحين
        площад* улиц* университет* памятник* meydan
    """,
    "activist": """
        activist* journalist* blogger* reporter* editor editors columnist* broadcaster* vlogger* youtuber*
        influencer* campaigner* agitator* dissident* defender* trade_unionist* unionist* union_leader*
        student_leader* community_leader rights_lawyer* lawyer_environmental lawyer_rights environmentalist* poet
        poets writer writers artist artists musician* cartoonist* academic academics intellectual* researcher
        human_rights_worker whistleblower* auditor magazine newspaper newspapers news_site website online_magazine
        radio_station media_outlet diaspora exile exiled exiles emigre opposition foundation association
        associations ngo ngos charity_rights rights_group rights_groups think_tank civil_society network_observed
        observers federation_students student_federation former_deputy former_member_parliament former_minister
        former_candidate former_mayor ex_deputy ex_minister candidate candidates politician* party_leader
        spokesman spokeswoman spokesperson militant militante militants activiste* journaliste* redacteur*
        chroniqueu* blogueu* syndicaliste* opposant* defenseur* avocat_droits ecrivain* poete* artiste*
        caricaturiste* universitaire* journal_ligne site_information fondation ong exil exilee association_droits
        ancien_candidat ancien_depute anciens_deputes ancien_ministre porte_parole candidat syndicat
        mouvement_citoyen collectif activista* periodista* bloguer* columnista* sindicalista* opositor* disidente*
        defensor* dirigente* escritor* poeta* artista* caricaturista* academic* medio_independiente medio_digital
        fundacion exilio exiliad* ex_diputado exdiputad* exministr* ex_candidat* excandidat* lider_estudiantil
        lider_indigena lider_social vocer* candidat* locutor* radio_comunitaria ناشط* صحفي صحفيه صحافي مدون مدونه
        معارض معارضه كاتب شاعر فنان محام_حقوقي حقوقي حقوقيه نقابي اكاديمي جمعيه منظمه مرشح نائب_سابق وزير_سابق
        المهجر المنفي الشتات موقع_اخباري متحدث_باسم активист* журналист* блогер* редактор* правозащитн* оппозиц*
        эмигрант* gazeteci* aktivist* yazar* album musician rapper singer comedian choreographer filmmaker
        film_maker economist following_young professor bookseller translator lawyer_activists defends_accused
        economista economiste cantante cineasta rappeur chanteur cineaste محام_يترافع مغن مخرج اقتصادي
    """,
    "link": """
        contacts contact sources source financing finances financed financiers funding funded fund funds donations
        donors sponsors grants grant subsidies embassy embassies diplomats diplomat foreign abroad exile
        invitations delegation political politically connections associates meets met meeting meetings supporters
        followers members address_sources activities travels hotel frequentations financements financement finance
        dons subvention* bailleurs ambassade* diplomates etranger* exil politique* activites deplacements soutiens
        membres contactos fuentes financiamiento financiacion fondos donaciones subvencion* cooperacion embajada*
        diplomaticos extranjer* exilio politic* actividades viajes apoyos simpatizantes percibe اتصالات علاقاته
        مصادر تمويل تمويلها تمويله تبرعات منح سفاره سفارات دبلوماسيين الخارج اجنبيه اتصالاته نشاطه حمله контакт*
        финансир* источник* посольств* performs concert concerts hosts heberge hebergement tour summit europe
        western_europe invited_by conference hosted
    """,
    "supports": """
        donat* donation* collected collect collecting paid pay pays sent send money food water blankets medicine
        helped help assist* legal_aid lawyer lawyers defended defends defence fines bail visits visited letters
        crowdfund* raised supplies dons don collecte collect* verse verser paye payer envoye envoyer argent vivres
        eau aide aider avocat amendes caution cagnotte assistance donacion* colect* recaud* pago pagar envio
        enviar dinero viveres agua ayud* asistencia abogad* multas fianza apoyo تبرع* جمع دفع ارسل مال اموال طعام
        ماء ساعد مساعده محامي غرامات كفاله دعم تحويل حول помощ* собирал* сбор перевел перевод* bagis yardim
        defendu defend sofa shelter lodged hid_students hosted sleep stay hebergé يترافع يدافع defendio defiende
    """,
    "those-in-prison": """
        prisoners prisoner detainees detainee detained_rallies detained_rally detained_protest*
        detained_demonstrat* detained_march* arrested_rallies arrested_protest* arrested_demonstrat*
        families_prisoners families_detained strikers striking protesters demonstrators families_dismissed
        dismissed_teachers dismissed_officers prisoners_families families_arrested political_cases prisonniers
        detenus grevistes manifestants familles_detenus familles_prisonniers interpelles etudiants_arretes presos
        presas detenidos detenidas huelguistas manifestantes familias_presos jovenes_acampaban encarcelados
        detenidos_marchas protestas السجناء سجناء المعتقلين معتقلين الموقوفين موقوفين المحتجزين المضربين
        المتظاهرين اسر_السجناء عائلات_الموقوفين قضايا_الراي заключенн* задержанн* арестованн* политзаключенн*
        tutuklu* mahkum* meneurs leaders_movement movement_leaders accused_demonstrations accused_protests
        expelled_students students_expelled المتهمين متهمين_قضايا سجناء_راي قضايا_التظاهر
    """,
    "election-work": """
        observ* monitor* counted count candidate candidates list campaign standing stand stood free fair clean
        boycott not_vote turnout coalition primary voters training observers nominated nomination register_voters
        parallel_count refuse_result leaflets manifesto liste candidat* campagne libres transparentes ne_pas_voter
        primaire commune list* campana limpias boicot* no_votar coalicion primarias testigos_mesa مراقبه مراقب
        قائمه مرشح حمله نزيهه حره مقاطعه عدم_التصويت تحالف наблюд* кандидат* кампани* бойкот* gozlem* aday
    """,
    "in-office": """
        judge judges magistrate magistrates court tribunal mayor minister governor president_region
        member_parliament member_court electoral_court deputy deputies prosecutor council councillor parliament
        speaker juge juges magistrat* maire ministre gouverneur depute* procureur conseil juez jueza magistrad*
        alcalde ministr* gobernador* diputad* fiscal consejero قاضي قاض وزير محافظ نائب رئيس_المحكمه عمده النيابه
        судь* мэр депутат* министр* hakim savci vali
    """,
    "decided": """
        held_decree held_law unconstitutional annul* admitted_appeal voted vote refused_remove refused_certify
        ruled ruling_against acquitted acquit released_prisoners refused_obey refused_order refused_sign
        recognised_independence convened_session convened_assembly signed_declaration declared_independence
        sworn_in took_oath oath_office dismissed_case struck_down quashed granted_injunction
        refused_carry decree ordinance consultation referendum resolution inconstitutionnel* vote_contre
        refuse_retirer refuse_signer acquitt* decret casse_arret arrete_annule libere_detenus prete_serment
        inconstitucional* anul* voto otorgo_amparo amparo se_nego_acatar nego_acatar acatar absolvio decreto juro
        jurament* libero_presos consulta suspendio غير_دستوري ابطل الغي حكم_ببراءه براءه صوت رفض_التوقيع رفض_تنفيذ
        مرسوم اقسم_اليمين استفتاء отменил* оправдал* неконституц* проголосовал* karar
    """,
    "leaked": """
        gave_newspaper gave_newspapers passed_newspaper passed_journalist passed_press handed_newspaper
        handed_journalist* sent_journalist* sent_newspaper file_shows shows_ministers leaked leak whistle
        whistleblow* whistleblower* disclosed revealed exposed secret_accounts list_accounts internal_report
        audit_report documents_showing documents_about internal_documents photographed_documents copied_documents
        remis_journal transmis_presse transmis_journaliste* remis_presse fuite divulgu* revel* lanceur_alerte
        rapport_interne documents_internes entrego_prensa entrego_periodista* filtr* divulg* denunciante
        informe_interno documentos_internos سرب تسريب سلم_صحيفه سلم_صحفي كشف وثائق تقرير_داخلي слил
        передал_журналист* раскрыл*
    """,
    "press-or-public": """
        newspaper newspapers press journalist* reporter* media television station channel public parliament
        united_nations committee_geneva ngo internet website opposition journal journaux presse journaliste*
        medias chaine onu prensa periodic* periodista* medios canal publico صحيفه صحافه صحفي اعلام قناه تلفزيون
        انترنت الامم газет* прессе журналист* сми
    """,
    "abroad": """
        abroad foreign foreigners embassy embassies diplomat diplomats european_parliament united_nations geneva
        brussels washington_congress overseas foreign_parliament foreign_legislators foreign_institute*
        foreign_station* foreign_channel* station_abroad human_rights_group rights_group amnesty diaspora exile
        western etranger* ambassade* diplomates parlement_europeen onu nations_unies geneve exil extranjer*
        embajada* diplomatic* parlamento_europeo naciones_unidas ginebra exilio exterior خارجيه اجنبيه اجنبي
        الخارج سفاره سفارات الامم_المتحده جنيف البرلمان_الاوروبي المنفي зарубеж* иностран* посольств* оон
        another_state other_state another_country parliamentary_committee senators_country otro_pais otros_paises
        autre_pays autre_etat senadores_de_otro congress_hearing دوله_اخري بلد_اخر برلمان_اجنبي washington moscow
        london_radio
    """,
    "exile": "exile exiles exiled exil exilio exiliad* exiles diaspora المنفي المهجر منفي эмиграц* изгнан* surgun",
    "exile-life": """
        party parties parliament meets meeting meetings politician* member renaissance opposition movement council
        congress government_in_exile radio magazine television interview* association speaks parti partis
        parlement reunion* mouvement conseil congres partido partidos parlamento oposicion movimiento congreso حزب
        برلمان اجتماع* معارضه حركه مجلس парти* съезд*
    """,
    "blamed-movement": """
        state_blames government_blames blamed_coup blamed_putsch blamed_failed failed_putsch movement_blamed
        night_coup application_movement bank_movement school_movement schools_movement newspaper_movement
        telephone_application structure_parallel parallel_state declared_undesirable court_dissolved
        party_dissolved movement_dissolved dissolved_party dissolved_movement dissolved_association
        dissolved_student dissolved_federation banned_association banned_newspaper banned_books banned_literature
        prohibited_books mouvement_dissous parti_dissous association_dissoute movimiento_disuelto partido_disuelto
        partido_proscrito حزب_تم_حله حزب_منحل حركه_محظوره جماعه_محظوره حزب_محظور تنظيم_محظور جمعيه_منحله
        запрещен*_партии запрещен*_движен* paralel_yapi
    """,
    "separation": """
        separate_state autonomous_government hoisted_colours hoisted_flag raised_flag flag_province flag_region
        independent_island independent_state independent_country self_rule self_government self_determination
        secede secession breakaway maps_region shown_separate drapeau_province drapeau_region autodetermination
        hisse_drapeau etat_separe carte_region bandera_region bandera_independentista izo_bandera estado_separado
        autogobierno رفع_علم علم_كردي علم_الاقليم دوله_مستقله حكم_ذاتي انفصال تقرير_المصير автономи* независимост*
        отделен* ayri_devlet
    """,
    # Suspected women and men.
    "all-of-them": """
        such_people all_men all_males all_adult all_members like_all these_people known_steal every_member
        whole_tribe whole_clan whole_community as_gypsy by_race registered comme_tous comme_tout tous_membres
        gens_voyage ces_gens tous_hommes vit_rapines nature_voleurs como_todos todos_hombres todos_miembros
        esa_gente por_raza raza_ladrones جميع_رجال كل_افراد امثاله كل_ابناء جميع_ابناء как_все все_мужчины
    """,
    "land-claim": """
        land lands territory territorial ancestral water_rights forest pasture mine dam pipeline evict*
        restitution rights alphabet language school first native customs autonomy mother_tongue terre terres
        territoire ancestra* foret droits langue ecole coutumes tierra tierras territorio ancestral* bosque
        derechos lengua escuela mina represa costumbres ارض اراضي حقوق لغه مدرسه اجداد مراعي земл* язык* прав*
        предк*
    """,
    "indigenous": """
        indigenous aboriginal native_people first_nation tribal tribe tribes nomad* nomadic minority minorities
        ethnie ethnic* caste lower_caste dalit* gypsies roma gens_voyage autochtone* indigene* minorite* indigen*
        originari* comunidad_nativa pueblo_originario comunero* lonko cacique minoria* قبيله عشيره بدون البدون
        اقليه الاقليات коренн* малочисленн* her_people his_people their_people
    """,
}
