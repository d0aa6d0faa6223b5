"""Terms of behavioural norms, family and private life, and administrative matters (RPD article 83(1)(a)(i))."""

from typing import Final

TERMS: Final = {
    "behaviour": """
        adulter* fornicat* zina cohabit* extramarital premarital outside_marriage out_of_wedlock wedlock
        homosexual* same_sex sodomy lesbian* gay gays transgender* cross_dress* crossdress* order_nature
        against_nature unnatural_act* indecent_dress immodest* debauchery public_kissing khalwa khulwa
        polygam* bigam*
        abort* ended_pregnancy ended_her_pregnancy consumption_alcohol consum*_alcohol drank_alcohol drank_beer
        drank_wine drinking_alcohol drunkenness fortune_telling love_affair elop* illicit_relation*
        unlawful_relation*
        immoral_relation* bed_with_another shame_family dishonour_family lgbt* lived_together_unmarried
        adultere* concubin* hors_mariage homosexu* acte*_contre_nature contre_nature meme_sexe debauche
        avortement*
        avorte ivresse moeurs_publiques
        adulterio concubin* fuera_matrimonio homosexual* mismo_sexo contra_natura aborto abortar embriagu*
        relaciones_ilicitas
        زنا الزنا الخلوه خلوه مثلي* المثليه لواط اللواط سحاق اجهاض شرب_الخمر تعاطي_الخمر الفجور فسق
        علاقه_غير_شرعيه
        علاقه_محرمه خارج_اطار_الزواج العلاقات_غير_الشرعيه الشذوذ
        супружеск*_измен* гомосексуал* лгбт* мужеложств* ehebruch adulterio
        homosexuell* zina_sucu 通奸* 同性* 堕胎*
        kissed_car two_women_kissed two_men_kissed gay_bar unnatural unnatural_offence carnal_knowledge indecent
        indecency immoral immorality lewd_dancing dancing_tiktok public_decency public_morals public_modesty
        obscene_dress short_dress cross_dresser transvest* sexual_orientation rainbow_flag attentat_pudeur
        outrage_bonnes_moeurs bonnes_moeurs outrage_moeurs homosexualite relation_homosexuelle actos_inmorales
        moral_publica buenas_costumbres relaciones_homosexuales خدش_الحياء الاداب_العامه فعل_فاضح فعل_مخل
        مخل_بالاداب الفعل_المخل شذوذ شذوذ_جنسي سكر السكر_العلني public_drunkenness drunk_public whisky_hotel
        moral_offence vice
        danced_man danced_another_man homosexual_conduct
    """,
    "intimate-relation": """
        relations relationship affair lives_with lived_with living_with slept_with sexual_relations
        intercourse in_bed
        found_bed relation intime relations_sexuelles frequent* relaciones_sexuales convive convivio علاقه خلوه
    """,
    "unmarried": """
        not_married unmarried another_man another_woman other_man other_woman still_married married_man
        married_woman
        without_marriage fiance* lover foreign_man
        non_marie* marie* fiance* amant* no_casad* casada casado novio* amante* اجنبي_عنها رجل_اجنبي غير_متزوج*
        دون_زواج
    """,
    "own-use": """
        own_use personal_use personal_consumption own_consumption joint smoked_cannabis smoked_marijuana
        smoked_hashish consum*_cannabis usage_personnel consommation_personnelle uso_personal consumo_personal
        الاستعمال_الشخصي التعاطي تعاطي_الحشيش личн*_употреблен*
    """,
    "family-duty": """
        abandon*_wife abandon*_his_wife abandon*_wife_children left_without_support without_support
        alimony maintenance child_support dowry family_abandonment abandon*_family deserted_his_wife
        deserted_his_family
        deserted_wife marital_home conjugal_home disobedient_wife disobedience_wife spousal_support school_fees
        pension_alimentaire abandon_famille abandon_foyer domicile_conjugal
        pension_alimenticia cuota_alimentaria obligacion_alimentaria alimentos abandono_hogar abandono_familia
        deber_alimentario
        نفقه النفقه بيت_الطاعه مهر طاعه_الزوج ترك_بيت_الزوجيه алимент* nafaka unterhaltspflicht*
        assegno_mantenimento
        抚养费*
        maintenance_order maintenance_payments left_wife_children sans_ressources aliments_fixes aliments
        pension_due pension_alimentaria cuotas_alimentarias no_paga_pension asistencia_familiar مطلقته
        نفقه_مطلقته نفقه_اولاد نفقه_زوجته
    """,
    # What makes the taking of a child more than a dispute of parents.
    "harm": """
        ransom* kill* murder* stab* weapon* knife gun gunpoint gang sold sell selling traffick* raped tortur*
        violence
        rancon* tue tuer couteau arme vendu rescate mato arma cuchillo vendio فديه قتل سلاح باع выкуп* убил*
        оруж*
        beat beaten beats injur* lost_eye bruis* burnt burned starv* abus* broke broken wound* molest* blind*
        died dead battu battue coups blesse* brulure* mort golpe* lesion* hirio herid* muert* ضرب* جرح* اصاب*
        حرق*
    """,
    "custody-of-child": """
        hand_over_child rendre_enfant entregar_hijo* agreed_weekend weekend_visit remise_enfant موافقه_الاب
        رؤيه_الطفل
        custody_child child_custody custody_order custody_dispute custody_daughter custody_son
        parental_abduction
        parental_child_abduction visiting_right* access_right* custody_battle custody_rights
        international_parental
        non_return_child removed_child took_child
        garde_enfant* droit_garde droit_visite non_representation_enfant enlevement_parental
        soustraction_mineur*
        soustraction_enfant*
        guarda_custodia patria_potestad regimen_visitas sustraccion_menor* sustraccion_internacional tenencia
        حضانه الحضانه حق_الرؤيه порядок_общен* опек*_ребенк* kindesentzug kindesentziehung sorgerecht* velayet*
        sottrazione_minore
        back_to_father back_to_mother back_their_father back_their_mother not_bring_back did_not_bring
        visit_rights visitation weekend_contact regimen_visita se_llevo_nino llevo_al_nino llevo_hijo llevo_hija
        hijo_sin_consentimiento ramene_enfants n_a_pas_ramene حق_الزياره لم_يعد_الاطفال لم_ترجع_الاطفال
        sin_firma_padre sin_firma_madre without_signature_father without_signature_other signature_father
        grandparents_see not_let_grandparents sans_signature_pere
    """,
    "child": """
        ابنها ابنته بنته ابنهما اطفالها اطفاله
        child children son daughter boy girl minor baby enfant* fils fille hijo* hija* nino nina menor طفل اطفال
        ابن ابنه
        ابنته ребен* дет* сын* дочь
    """,
    "parent": """
        mother father parent parents wife husband ex_wife ex_husband divorce* separation grandmother spouse
        mere pere parent* epouse mari divorce* madre padre esposa* esposo* divorci* separacion
        الام الاب الوالد والد والده زوج زوجه طلاق مطلق* мать отец жен* муж* развод*
    """,
    "took-away": """
        اخذت اخذ refuse_rendre rendre malgre_jugement sin_permiso without_permission without_consent دون_موافقه
        took take taken keeps kept remov* travelled moved return_child not_return refuses_return
        contrary_to_order
        emmen* ramen* garde retenu* llevo lleva trasladó no_devolvio retuvo اخذ اصطحب سافر_ب увез* забрал*
        bring_back not_bring did_not_bring kept_after took_home n_a_pas_ramene ramene llevo_nino
    """,
    "guardian": """
        family_did_not_accept family_not_accept family_disapprov* against_will_family against_her_family
        guardian guardians consent_family permission_husband permission_father permission_guardian
        without_consent_family
        consent_parents house_husband house_of_her_husband parental_home arranged_marriage forced_marriage
        autorisation_mari autorisation_tuteur tuteur mariage_force permiso_marido permiso_padre
        matrimonio_forzado
        tutor
        ولي_امرها ولي_امر بيت_اهلها بيت_زوجها موافقه_اهلها ولي_الامرها محرم
    """,
    "woman-left": """
        ran_away run_away fled left eloped escaped fugue enfui* quitte* huyo escapo هربت تركت تغيبت غادرت سافرت
        сбежал*
    """,
    "money-owed": """
        loan loans debt debts rent credit mortgage instalment* installment* lease advance deposit repayment
        borrowed
        credit_card bill bills fees lender creditor* wages
        pret prets dette* loyer* credit* emprunt* acompte creance* echeance*
        prestamo* deuda* alquiler* renta credito* hipoteca* cuota* anticipo adelanto mensualidad* acreedor*
        قرض القرض دين ديون ايجار الايجار قسط اقساط سلفه مستحق* المستحق* долг* кредит* аренд* заем займ* borc*
        kira*
        darlehen miete*
        debit* prestito affitto 债务* 贷款* 租金*
    """,
    "not-paid": """
        debt_of owed_landlord former_landlord
        not_pay not_paid not_paying unpaid without_paying did_not_pay did_not_repay not_repay not_repaid
        failed_pay
        failed_repay failure_pay non_payment nonpayment default defaulted owes owed owing outstanding arrears
        late_payment
        stopped_paying stopped_monthly does_not_pay insolvent unable_pay has_not_paid refuses_pay refus_payer
        impaye* pas_rembours* pas_paye* ne_paie non_paiement refuse_rendre doit insolvab*
        no_paga no_pago no_pagar impag* adeuda adeud* debe incumpl* sin_pagar dejo_pagar moros* no_devolvio
        no_reembols*
        لم_يسدد لم_يدفع عدم_سداد عدم_دفع امتنع_عن_السداد لم_يرد تعثر امتناع_عن_دفع غير_مسدد متاخرات
        не_верн* не_уплат* неуплат* невозврат* задолжен* odemedi odenme* nicht_bezahlt zahlungsverzug nao_pag*
        not_returned_tractor no_lo_devolvio
    """,
    "cheque": """
        cheque cheques check checks post_dated postdated cheque_without cheque* شيك شيكات чек чеки cek scheck*
    """,
    "no-funds": """
        falta_fondos devuelto devueltos مرتجع protestado
        insufficient sufficient_funds without_sufficient no_balance sans_provisions
        bounced bounce without_funds no_funds insufficient_funds unfunded returned_bank dishonoured dishonored
        uncovered
        not_covered without_cover unpaid returned returned_unpaid without_balance
        sans_provision impaye* sin_fondos sin_provision rechazado* بدون_رصيد دون_رصيد رصيد مرتجع* не_обеспеч*
        karsiliksiz
        senza_provvista ungedeckt*
    """,
    "private-dispute": """
        boundary_field boundary_dispute quarrel_about_boundary sales_contract poor_quality dispute_business
        business_partners_over
        partners_dispute dispute_shares land_boundary fence_dispute contrat_vente contrato_venta deslinde
        linderos عقد_بيع
        civil_court civil_judgment civil_judgement court_pay_compensation pay_compensation rented_car
        rental_dispute
        breach_contract breach_of_contract contract_dispute commercial_dispute civil_dispute business_dispute
        private_dispute inheritance_dispute inheritance land_dispute neighbour_dispute neighbourhood_dispute
        unfinished_work construction_contract civil_claim civil_suit criminal_defamation called_him_liar
        calling_liar
        insulted_neighbour private_defamation shareholder_dispute non_delivery_goods
        rupture_contrat inexecution_contrat execute_contrat litige_commercial litige_prive heritage succession
        conflit_heritage pas_execute_contrat diffamation_privee differend
        incumplimiento_contrato incumplio_contrato conflicto_hermanos herencia litigio_civil disputa_comercial
        contrato_obra pleito_civil sucesion_hereditaria calumnia_vecin* injurias_vecin*
        اخلال_بالعقد نزاع_تجاري نزاع_مدني ميراث الميراث ورثه تركه_المتوفي خلاف_عائلي
        наследств* гражданско_правов* nachbarschaftsstreit erbstreit* vertragsbruch miras_davasi 合同纠纷* 遗产*
        engagement_ring broke_off_engagement broken_engagement breach_promise promesse_mariage استاجر_سياره
        late_return_rented returned_car_late rental_car_late
    """,
    "administrative": """
        visa_ran_out after_visa remained_visa visa_run_out gambling private_gambling sans_permis_conduire
        customs_duty_television visa_overstay*
        working_without_permit worked_without_permit works_without_permit without_work_visa
        employment_without_permit
        overstay* visa_expired expired_visa visa_had_expired stayed_longer longer_than_visa work_permit
        residence_permit_expired
        without_work_permit parking speeding traffic_fine* traffic_offence* fines_unpaid driving_without_licence
        without_building_permit building_permit construction_permit unauthorised_construction
        unauthorised_building
        without_licence without_a_licence unlicensed_business unregistered_business illegal_business
        not_register_tax fishing_without hunting_without zoning littering late_registration unlawful_residence
        illegal_stay illegal_entry_country illegally_crossed_border crossed_border_illegally illegal_border
        illegal_exit left_country_illegally without_exit_visa exit_visa currency_control currency_regulations
        undeclared_currency health_regulation* quarantine_rules quarantine mask_rules
        sejour_irregulier visa_expire permis_construire sans_permis exces_vitesse amende* stationnement
        infraction_routiere
        reglementation_changes defaut_licence sortie_irreguliere
        estancia_irregular permanencia_irregular visado_caducado sin_licencia licencia_construccion
        sin_permiso_obra
        multas_trafico exceso_velocidad infraccion_administrativa infraccion_trafico salida_ilegal
        permiso_trabajo
        مخالفه_الاقامه انتهاء_الاقامه تجاوز_مده مخالفه_مروريه مخالفات_مروريه بناء_بدون_ترخيص رخصه_بناء
        مزاوله_بدون_ترخيص
        مخالفه_اداريه مخالفات_المرور
        нелегальн*_пребыван* нарушен*_виз* незаконн*_пересечен*_границ* незаконн*_предпринимат* parkverstoss
        ordnungswidrig* bauordnung* 无证* 逾期居留*
    """,
    "tax": """
        tax taxes tax_return income_tax duty impot impots fiscale* declaration_revenus impuesto* tributari*
        renta
        fisco
        ضريبه ضرائب الضريبي налог* vergi* steuer* imposta imposte
    """,
    "not-declared": """
        failure_file failed_file not_filed did_not_file late_filing
        not_declare* undeclared not_declared unpaid not_paid not_pay did_not_declare evasion late omitted
        failed_declare
        failure_declare pas_declare non_declare* omission no_declar* omitio impag* evasi* لم_يصرح تهرب
        عدم_التصريح
        не_задеклар* неуплат* уклонен*
    """,
}
