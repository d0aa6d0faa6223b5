"""Terms of human rights and of refugees (constitution, article 2)."""

from typing import Final

TERMS: Final = {
    "under-torture": """
        under_torture under_duress confess*_under_torture extracted_confession* forced_confession*
        coerced_confession*
        confession*_extracted torture_confess* tortured_confess* tortured_until_he_confessed
        sous_torture sous_contrainte aveux_extorques aveux_forces aveux_arraches
        bajo_tortura bajo_coaccion confesion_forzada confesion_arrancada
        تحت_التعذيب تحت_الاكراه تحت_وطاه_التعذيب بالاكراه_اعترف اعترافات_منتزعه انتزاع_اعتراف* انتزعت_اعترافات*
        под_пытк* признан*_под_давлен* под_давлением_призна* iskence_altinda unter_folter sob_tortura 刑讯逼供*
    """,
    "confession": """
        confess* admission admitted statement_given gave_statement signed_statement testimony
        aveu aveux avoue* confesion* confes* declaracion اعترف* اعتراف* اقر اقرار призна* itiraf* gestand*
        供认* 招供*
    """,
    "following": """
        after once when following obtained extracted until having because made through while
        apres obtenu* suite tras despues obtenid* بعد عقب после
    """,
    "coercion": """
        tortur* been_beaten were_beaten was_beaten beaten beatings electric_shock* electric hung hanged_by
        hanging_by wrists
        suffocat* gas_mask waterboard* sleep_depriv* deprived_sleep ill_treat* illtreat* coerc* duress
        threatened_rape
        days_without_sleep without_sleep kept_standing cigarette_burns solitary_weeks
        tortur* battu* frappe* electricite electrochoc* suspendu* menac* prive*_sommeil privation_sommeil
        tortur* golpead* golpiz* descarga*_electrica* electrico* asfixi* colgad* privacion_sueno
        تعذيب تعذيبه ضرب* صعق* الصعق تهديد اكراه пытк* избит* избиен* электрошок* iskence*
    """,
    "death-penalty": """
        death_penalty sentenced_death condemned_death death_sentence sentence_death hanging hanged execution
        executed
        be_executed capital_punishment firing_squad death_row
        peine_mort peine_capitale condamne_mort execution pena_muerte condenad*_muerte ejecucion pena_capital
        اعدام الاعدام بالاعدام قصاص смертн*_казн* todesstrafe idam pena_capitale 死刑*
    """,
    "minor": """
        age_12 age_13 age_14 age_15 age_16 age_17 under_age schoolgirl child children
        minor minors juvenile juveniles boy schoolboy child_offender underage teenager adolescent
        twelve thirteen fourteen fifteen sixteen seventeen twelve_years under_eighteen below_eighteen
        under_18 below_18 aged_12 aged_13 aged_14 aged_15 aged_16 aged_17 12_years 13_years 14_years 15_years
        16_years
        17_years 15_year* 16_year* 17_year* 14_year* 13_year*
        mineur mineurs mineure 12_ans 13_ans 14_ans 15_ans 16_ans 17_ans quinze_ans seize_ans quatorze_ans
        dix_sept_ans
        menor_edad menores_edad 12_anos 13_anos 14_anos 15_anos 16_anos 17_anos quince_anos dieciseis_anos
        catorce_anos
        diecisiete_anos adolescente
        قاصر القاصر قصر حدث الحدث طفل سن_الثامنه_عشره دون_الثامنه_عشره ستة_عشر خمسه_عشر سته_عشر السادسه_عشره
        الخامسه_عشره
        السابعه_عشره несовершеннолетн* подросток minderjahrig*
    """,
    "corporal-punishment": """
        stoning be_stoned stoned_for flogging flogged lashes whipping amputation amputat* cut_hand
        cutting_hand caning
        lapidation lapidee flagellation coups_fouet amputation
        lapidacion azotes flagelacion amputacion
        الرجم رجم الجلد جلده جلدات قطع_اليد قطع_يده بقطع_اليد бичеван* побиван*_камн* 鞭刑*
    """,
    "unfair-trial": """
        juzgado_secreto en_secreto sin_defensor secret_proceedings juge_secret
        tried_secret tried_secretly without_access_lawyer without_legal no_legal_representation
        no_lawyer without_lawyer without_a_lawyer without_defence without_defense no_defence_counsel
        without_counsel
        no_counsel lawyer_not_allowed denied_lawyer access_lawyer_denied secret_trial secret_court closed_court
        closed_trial trial_behind_closed summary_trial summarily_tried tribunal_of_exception incommunicado
        held_incommunicado military_tribunal_civilian secret_evidence not_heard_court
        sans_avocat proces_secret tribunal_exception huis_clos proces_sommaire
        sin_abogado juicio_secreto juicio_sumario tribunal_especial incomunicad* sin_defensa
        بدون_محام دون_محام* محاكمه_سريه محكمه_استثنائيه محكمه_سريه دون_دفاع
        без_адвокат* закрыт*_суд* тайн*_суд* avukatsiz 秘密审判*
    """,
    "relatives": """
        family relatives parents parent mother father brother brothers sister sisters wife husband children
        son sons
        cousin* famille parents mere pere frere* soeur* epouse femme enfants proches
        familia familiares padres madre padre hermano* hermana* esposa hijos parientes
        اسره اسرته عائله عائلته والده والدته والديه اخوه اخوته اشقاءه اشقائه زوجته ابناءه اقارب* اهله
        родствен* родител* семь* брат* жен* aile* 家人*
    """,
    "detained": """
        detain* held_until held imprison* arrested locked custody in_prison kept_in_custody punish* evict*
        detenu* arrete* emprisonn* retenu* detenid* arrestad* encarcelad* preso* احتجاز محتجز* اعتقل* اعتقال حبس
        موقوف*
        задерж* арест* gozalt* 拘留*
    """,
    "until-surrender": """
        when_returns released_when until_surrenders lorsqu_revien quand_revien cuando_vuelva cuando_regrese
        gives_himself_up gives_herself_up give_himself_up surrender* turns_himself_in turn_himself_in
        until_returns
        until_he_returns comes_back come_back until_comes force_return
        can_be_arrested be_arrested_too
        se_rende se_rend se_livre qu_revienne rentre_pays se_entregue se_entrega regrese vuelva
        يسلم_نفسه تسليم_نفسه حتي_يعود لاجباره يعود لحين_عودته сдаст* вернет* teslim_olana
    """,
    "to-be-killed": """
        dead_or_alive shot_on_sight shoot_on_sight shoot_to_kill reward_for_body paid_for_body kill_on_sight
        may_be_killed neutralise_physically physical_elimination killed_without_warning
        mort_ou_vif abattu_vue tirer_vue elimination_physique
        vivo_o_muerto vivo_muerto tirar_matar abatir_vista eliminacion_fisica
        حيا_او_ميتا حيا_ميتا اهدار_دمه هدر_دمه تصفيته ликвидир*_физическ* живым_или_мертвым tot_oder_lebendig
        死活不论*
    """,
    "refugee": """
        refugee refugees asylum asylee subsidiary_protection international_protection humanitarian_protection
        1951_convention geneva_convention unhcr convention_travel_document complementary_protection
        refugie* asile ofpra protection_subsidiaire cnda protection_internationale
        refugiad* asilo proteccion_subsidiaria proteccion_internacional acnur
        لاجئ لاجئه لاجيء لاجئا اللجوء لجوء الحمايه_الدوليه الحمايه_الثانويه مفوضيه
        беженц* беженец убежищ* fluchtling* asyl* multeci* iltica* rifugiat* 难民* 庇护*
    """,
    "status-granted": """
        protected under_protection refugee_protection decided_favour decided_her_favour living_under favour
        estatus asylum_was
        granted grant grants recognis* recogniz* status holds accepted given enjoys enjoy obtained approved
        received
        protected awarded confirmed title passport
        accorde* obtenu beneficie statut reconnu* octroy* titulaire
        concedi* reconoc* otorg* obtuvo estatuto condicion goza beneficiari* concesion
        حاصل حصل منح منحت صفه وضع اعترفت معترف يتمتع
        предостав* получил* признан* статус anerkannt* gewahrt* tanind* kabul riconosciut* concess* 获得* 批准*
    """,
    "asylum-sought": """
        applied application applicant claim claims claimed sought seeking pending asylum_seeker request*
        appeal_pending
        demande demand* requerant sollicite solicit* solicitante peticion طلب طالب_لجوء تقدم_بطلب ходатайств*
        beantragt*
        basvur*
    """,
    "refugee-as-victim": """
        camp camps forg* sold sell* selling smuggl* victims cheat* defraud* fake false papers permits hid hidden
        among homes housing robbed attack* posed killed_refugees shelter hostel residents
        faux escroqu* vendu vendant victimes camp logement promesses falsific* vendi* victimas campamento campo
        زور باع مخيم ضحايا تهريب مهاجرين подд* лагер*
    """,
}
