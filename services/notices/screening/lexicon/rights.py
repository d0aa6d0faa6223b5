"""Terms of human rights and of refugees (constitution, article 2)."""

from typing import Final

TERMS: Final = {
    "under-torture": """
        under_torture under_duress confess*_under_torture extracted_confession* forced_confession*
        coerced_confession* confession*_extracted torture_confess* tortured_confess* tortured_until_he_confessed
        sous_torture sous_contrainte aveux_extorques aveux_forces aveux_arraches bajo_tortura bajo_coaccion
        confesion_forzada confesion_arrancada تحت_التعذيب تحت_الاكراه تحت_وطاه_التعذيب بالاكراه_اعترف
        اعترافات_منتزعه انتزاع_اعتراف* انتزعت_اعترافات* под_пытк* признан*_под_давлен* под_давлением_призна*
        iskence_altinda unter_folter sob_tortura 刑讯逼供* tortured_him admitted_tortured statement_torture
        confesion_tortura signed_blindfold*
    """,
    "confession": """
        confess* admission admitted statement_given gave_statement signed_statement testimony aveu aveux avoue*
        confesion* confes* declaracion اعترف* اعتراف* اقر اقرار призна* itiraf* gestand* 供认* 招供* statement
        statements signed_everything signed own_statement declarations declaration_signee signe firmo firmar
        declaraciones وقع اقواله record reconnu_tout tout_reconnu reconnu reconocio admitio thumb_print
    """,
    "following": """
        after once when following obtained extracted until having because made through while apres obtenu* suite
        tras despues obtenid* بعد عقب после take_back taken_back retract* withdr* alleged under because_of faites
        frappe luego
    """,
    "coercion": """
        tortur* been_beaten were_beaten was_beaten beaten beatings electric_shock* electric hung hanged_by
        hanging_by wrists suffocat* gas_mask waterboard* sleep_depriv* deprived_sleep ill_treat* illtreat* coerc*
        duress threatened_rape days_without_sleep without_sleep kept_standing cigarette_burns solitary_weeks
        battu* frappe* electricite electrochoc* suspendu* menac* prive*_sommeil privation_sommeil golpead* golpiz*
        descarga*_electrica* electrico* asfixi* colgad* privacion_sueno تعذيب تعذيبه ضرب* صعق* الصعق تهديد اكراه
        пытк* избит* избиен* электрошок* iskence* hose cable cables electric_cable* pressure current head_water
        under_water head_under deprived_water beatings_with hung_feet hanging_arms hanging_feet pulled_nails
        nails_pulled blindfold* threats_family threatened_family prive_eau coups tabass* corriente colgado_pies
        golpes capucha تعليق تعليقه كهرباء الكهرباء تهديد_اهله избив* toenails fingernails nails torn_out ongles
        bandes_yeux yeux_bandes debout_nuits nuits_debout unas_arrancadas اظافره اقتلاع
        electric_baton
    """,
    "death-penalty": """
        death_penalty sentenced_death condemned_death death_sentence sentence_death hanging hanged
        capital_punishment firing_squad death_row peine_mort peine_capitale condamne_mort pena_muerte
        condenad*_muerte pena_capital اعدام الاعدام بالاعدام قصاص смертн*_казн* todesstrafe idam pena_capitale 死刑*
        gallows capital only_death death_hanging death_by_hanging pendaison potence condamne_pendaison horca
        المشنقه شنقا الشنق will_be_executed awaits_execution awaiting_execution date_execution sentenced_executed
        executed_month hang_him
        prononcee_mort peine_prononcee_mort peine_est_mort
    """,
    "minor": """
        age_12 age_13 age_14 age_15 age_16 age_17 under_age schoolgirl child children minor minors juvenile
        juveniles boy schoolboy child_offender underage teenager adolescent twelve thirteen fourteen fifteen
        sixteen seventeen twelve_years under_eighteen below_eighteen under_18 below_18 aged_12 aged_13 aged_14
        aged_15 aged_16 aged_17 12_years 13_years 14_years 15_years 16_years 17_years 15_year* 16_year* 17_year*
        14_year* 13_year* mineur mineurs mineure 12_ans 13_ans 14_ans 15_ans 16_ans 17_ans quinze_ans seize_ans
        quatorze_ans dix_sept_ans menor_edad menores_edad 12_anos 13_anos 14_anos 15_anos 16_anos 17_anos
        quince_anos dieciseis_anos catorce_anos diecisiete_anos adolescente قاصر القاصر قصر حدث الحدث طفل
        سن_الثامنه_عشره دون_الثامنه_عشره ستة_عشر خمسه_عشر سته_عشر السادسه_عشره الخامسه_عشره السابعه_عشره
        несовершеннолетн* подросток minderjahrig* 15_then 16_then 17_then then_15 then_16 15_at_time 17_at_time
        quinze quince dieciseis diecisiete طالب_ثانوي عمره_15 عمره_16 عمره_17
    """,
    "corporal-punishment": """
        stoning be_stoned stoned_for flogging flogged lashes whipping amputation amputat* cut_hand cutting_hand
        caning lapidation lapidee flagellation coups_fouet lapidacion azotes flagelacion amputacion الرجم رجم
        الجلد جلده جلدات قطع_اليد قطع_يده بقطع_اليد бичеван* побиван*_камн* 鞭刑* right_hand_cut hand_cut
        hand_cut_off cut_off_hand hand_amputated whipped whip birching crucifixion fouet flagell* main_coupee
        cortar_mano mano_cortada latigazos بتر بتر_يده قطع_يد قطع_يده_اليمني جلد مائه_جلده
    """,
    "unfair-trial": """
        juzgado_secreto en_secreto sin_defensor secret_proceedings juge_secret tried_secret tried_secretly
        without_access_lawyer without_legal no_legal_representation no_lawyer without_lawyer without_a_lawyer
        without_defence without_defense no_defence_counsel without_counsel no_counsel lawyer_not_allowed
        denied_lawyer access_lawyer_denied secret_trial secret_court closed_court closed_trial trial_behind_closed
        summary_trial summarily_tried tribunal_of_exception incommunicado held_incommunicado
        military_tribunal_civilian secret_evidence not_heard_court sans_avocat proces_secret tribunal_exception
        huis_clos proces_sommaire sin_abogado juicio_secreto juicio_sumario tribunal_especial incomunicad*
        sin_defensa بدون_محام دون_محام* محاكمه_سريه محكمه_استثنائيه محكمه_سريه دون_دفاع без_адвокат* закрыт*_суд*
        тайн*_суд* avukatsiz 秘密审判* unknown_place kept_unknown contact_family_lawyer without_contact_family
        without_contact_lawyer no_counsel_present no_counsel_was counsel_not_present never_told_trial
        never_informed_trial no_defence no_defender without_defender without_attorney without_representation
        lawyer_kept lawyer_removed lawyer_excluded lawyer_was_kept lawyer_not_admitted lawyer_expelled
        not_allowed_lawyer judges_masked faceless_judge* closed_doors behind_closed_doors sans_defenseur
        sans_conseil sans_defense sans_assistance_avocat avocat_absent avocat_exclu privee_avocat prive_avocat
        sin_abogada sin_defensa_tecnica sin_asistencia_letrada puerta_cerrada jueces_sin_rostro negaron_abogado
        لم_يسمح_محام لم_يسمح_بتوكيل توكيل_محام غيابيا_دون منع_محامي* حرم_محام* بلا_محام جلسه_سريه قضاه_ملثمين
    """,
    "relatives": """
        family relatives parents parent mother father brother brothers sister sisters wife husband children son
        sons cousin* famille mere pere frere* soeur* epouse femme enfants proches familia familiares padres madre
        padre hermano* hermana* esposa hijos parientes اسره اسرته عائله عائلته والده والدته والديه اخوه اخوته
        اشقاءه اشقائه زوجته ابناءه اقارب* اهله родствен* родител* семь* брат* жен* aile* 家人* baby شقيقه شقيقته
        ابنه ابناوه زوجه
    """,
    "detained": """
        detain* held_until held imprison* arrested locked custody kept_in_custody punish* evict* detenu* arrete*
        emprisonn* retenu* detenid* arrestad* encarcelad* preso* احتجاز محتجز* اعتقل* اعتقال حبس موقوف* задерж*
        арест* gozalt* 拘留* detention* stay stays remain remains kept invited_remain station commissariat gardees
        garde gardee gardes arrestados retenidos retenida retenido محتجزه محتجزون موقوفه رهائن cells cell cellule
        cellules celda celdas تحتجز يحتجز تحتفظ let guarantee hostage_police
        police_post
    """,
    "until-surrender": """
        when_returns released_when until_surrenders lorsqu_revien quand_revien cuando_vuelva cuando_regrese
        gives_himself_up gives_herself_up give_himself_up surrender* turns_himself_in turn_himself_in
        until_returns until_he_returns comes_back come_back until_comes force_return can_be_arrested
        be_arrested_too se_rende se_rend se_livre qu_revienne rentre_pays se_entregue se_entrega regrese vuelva
        يسلم_نفسه تسليم_نفسه حتي_يعود لاجباره يعود لحين_عودته сдаст* вернет* teslim_olana until_back once_back
        once_returns let_go let_go_once until_presents until_appears tant_qu tant_qu_ne ne_presente_pas
        jusqu_retour jusqu_revienne hasta_vuelva hasta_regrese hasta_entregue mientras_no حتي_يرجع حتي_يسلم
        الي_حين_عودته ريثما_يعود لحين_تسليم guarantee guarantee_come come_himself en_garantie garantia الي_ان_يحضر
        يحضر_بنفسه ان_يحضر يحضر
        son_appears appears_himself father_appears he_appears
    """,
    "to-be-killed": """
        dead_or_alive shot_on_sight shoot_on_sight shoot_to_kill reward_for_body paid_for_body kill_on_sight
        may_be_killed neutralise_physically physical_elimination killed_without_warning mort_ou_vif abattu_vue
        tirer_vue elimination_physique vivo_o_muerto vivo_muerto tirar_matar abatir_vista eliminacion_fisica
        حيا_او_ميتا حيا_ميتا اهدار_دمه هدر_دمه تصفيته ликвидир*_физическ* живым_или_мертвым tot_oder_lebendig
        死活不论* if_met_shot if_seen_shot if_found_shot if_resists_shot shot_resist* shot_without_warning
        open_fire_without_warning fire_without_warning may_shoot may_fire may_open_fire open_fire_sight
        authorised_shoot authorised_fire ordered_shoot wanted_dead bounty_head no_need_take_alive not_taken_alive
        met_shot_once abattre_vue abattre_sans_sommation sans_sommation ordre_abattre a_abattre dar_muerte
        dar_baja abatirlo disparar_sin_aviso tirar_a_matar يطلق_النار_عليه_فورا اطلاق_النار_دون_انذار يقتل_فورا
        يجوز_قتله
    """,
    "refugee": """
        refugee refugees asylum asylee subsidiary_protection international_protection humanitarian_protection
        1951_convention geneva_convention unhcr convention_travel_document complementary_protection refugie* asile
        ofpra protection_subsidiaire cnda protection_internationale refugiad* asilo proteccion_subsidiaria
        proteccion_internacional acnur لاجئ لاجئه لاجيء لاجئا اللجوء لجوء الحمايه_الدوليه الحمايه_الثانويه مفوضيه
        беженц* беженец убежищ* fluchtling* asyl* multeci* iltica* rifugiat* 难民* 庇护* need_protection persecut*
        be_persecuted residence_permit_refugee refugee_status status_refugee qualite_refugie statut_refugie
        besoin_protection perseguid* حق_اللجوء صفه_لاجئ حمايه persecution
    """,
    "status-granted": """
        protected under_protection refugee_protection decided_favour decided_her_favour living_under favour
        estatus asylum_was granted grant grants recognis* recogniz* status holds accepted given enjoys enjoy
        obtained approved received awarded confirmed title passport accorde* obtenu beneficie statut reconnu*
        octroy* titulaire concedi* reconoc* otorg* obtuvo estatuto condicion goza beneficiari* concesion حاصل حصل
        منح منحت صفه وضع اعترفت معترف يتمتع предостав* получил* признан* статус anerkannt* gewahrt* tanind* kabul
        riconosciut* concess* 获得* 批准* allowed_stay permitted_stay decided_stay has_been_living living living_since
        residence_permit accorded decision qualite obtient reconnait otorgo otorgado reconocida حصلت منحته منحتها
    """,
    "asylum-sought": """
        applied application applicant claim claims claimed sought seeking pending asylum_seeker request*
        appeal_pending demande demand* requerant sollicite solicit* solicitante peticion طلب طالب_لجوء تقدم_بطلب
        ходатайств* beantragt* basvur*
    """,
    "refugee-as-victim": """
        camp camps forg* sold sell* selling smuggl* victims cheat* defraud* fake false papers permits hid hidden
        among homes housing robbed attack* posed killed_refugees shelter hostel residents faux escroqu* vendu
        vendant victimes logement promesses falsific* vendi* victimas campamento campo زور باع مخيم ضحايا تهريب
        مهاجرين подд* лагер* hid_asylum boat boats lorry truck drowned seekers_drowned papers_sold widows charity
        fund_refugees estaf*_refugiados refugiados_falsos
    """,
    "strong-coercion": """
        electric_cable* electric_shock* electric_current electrocut* under_pressure alleged_pressure
        pressure_cables torture tortured hose hung_feet hung_wrists hung_arms hanging_wrists head_water
        head_under_water waterboard* sleep_depriv* without_sleep beatings been_beaten was_beaten were_beaten
        had_beaten cigarette_burns nails_pulled threats_family rape_threat* torturee electrochoc* sans_sommeil
        prive_sommeil prive_eau suspendu_bras apres_frappe ete_frappe ete_battu descarga* corriente colgado
        torturad* golpizas fue_golpeado sin_dormir bolsa_cabeza تعذيب تعليقه صعق كهرباء ضربه بالضرب حرمان_من_النوم
        пытк* избиен* iskence toenails fingernails nails_torn yeux_bandes nuits_debout debout bandes_yeux
        ojos_vendados de_pie_noches اظافر اظافره عصب_عينيه
        electric_baton baton_shown ill_treated maltraite
    """,
    "lawyer": """
        lawyer lawyers counsel attorney attorneys defence_counsel defender barrister solicitor
        legal_representative avocat avocate avocats conseil defenseur abogad* defensor* محام محامي محاميه محاميا
        دفاعه адвокат* avukat* advocate advocates interpreter
    """,
    "kept-out": """
        kept_out not_allowed not_permitted not_admitted barred excluded denied refused absent not_present removed
        expelled without_access no_access never_saw never_met never_allowed could_not cannot forbidden prevented
        sent_away sans_consulter pu_consulter pas_pu ni_prendre_parole exclu ecarte refuse interdit_salle prive
        sin_acceso no_pudo impidi* negaron nego no_permiti* excluid* no_tuvo expulsad* منع لم_يسمح لم_يتمكن حرم
        طرد رفض دون_حضور غياب بلا не_допу* отказ* kept neither nor without ni sin لا
    """,
    "hearing": """
        hearing trial tried judged session proceedings proces juge jugee audience juicio juzgado audiencia محاكمه
        جلسه حوكم суд судебн* durusma
    """,
    "no-defence": """
        never_told not_told not_informed never_informed never_summoned not_summoned not_notified counsel_present
        no_counsel no_lawyer no_retrial without_retrial five_minutes ten_minutes twenty_minutes secret secretly
        jamais_convoque jamais_cite jamais_informe vingt_minutes dix_minutes cinq_minutes sans_avocat nunca_citado
        nunca_notificado diez_minutos cinco_minutos minutos sin_abogado دقائق دقيقه لم_يبلغ لم_يخطر دون_محام
        минут* тайн*
    """,
    "refugee-status": """
        refugee_travel_document refugee_passport convention_1951 1951_convention convention_travel_document
        recognised_refugee recognized_refugee refugee_recognised status_refugee refugee_status granted_asylum
        granted_him_asylum asylum_granted asylum_was_granted person_need_protection residence_permit_refugee
        permit_as_refugee subsidiary_protection_granted holder_asylum holds_asylum lives_as_refugee lives_refugee
        enjoys_asylum titre_voyage_refugie titre_refugie statut_refugie qualite_refugie reconnu_refugie
        refugie_reconnu refugie_statutaire beneficie_asile obtenu_asile asile_accorde condicion_refugiado
        estatuto_refugiado reconocido_refugiado refugiado_reconocido asilo_concedido asilado concedio_asilo
        goza_asilo documento_viaje_refugiado صفه_لاجئ وضع_لاجئ حق_اللجوء حصل_علي_اللجوء حاصل_علي_لجوء منح_اللجوء
        وثيقه_سفر_لاجئ لاجئ_معترف статус_беженц* предоставлен*_убежищ* anerkannter_fluchtling multeci_statusu
        office_refugees office_for_refugees issued_office_refugees passport_refugees refugee_office
    """,
    "risk-of-persecution": """
        would_be_tortured would_be_persecuted be_persecuted fear_persecution risk_torture risk_persecution
        risk_of_torture well_founded_fear extradition_refused_torture discharged_tortured would_face_torture
        non_refoulement risque_torture risque_persecution craint_persecut* crainte_persecution serait_persecute
        serait_torture riesgo_tortura riesgo_persecucion temor_persecucion seria_perseguido seria_torturado
        خطر_التعذيب خوف_من_الاضطهاد يتعرض_للاضطهاد угроз*_пыток преследован*_по_политич*
        may_not_returned not_be_returned cannot_be_returned ill_treated_police
    """,
    "bodily-punishment": """
        stoned_offence lapidation lapidated right_hand_cut_off hand_cut_off hand_be_cut flogging flogged lashes
        public_whipping stoning crucified amputation_hand coups_fouet flagellation amputation_main azotes
        latigazos lapidacion amputacion_mano الرجم رجم جلده بالجلد قطع_اليد قطع_يده بتر_يده
    """,
}
