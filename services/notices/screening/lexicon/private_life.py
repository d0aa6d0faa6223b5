"""Further terms of private life, work and small offences (RPD article 83(1)(a)(i))."""

from typing import Final

TERMS: Final = {
    "loan": """
        loan loans car_loan credit_card credit_cards mortgage instalment* installment* overdraft personal_loan
        bank_loan bank_loans obligations guarantor lease credit finance_company financial_institution pret prets
        credits emprunt* mensualite* echeance* hypotheque carte_credit caution_solidaire prestamo* credito*
        hipoteca* cuota cuotas tarjeta_credito mensualidad* aval fiador قرض قروض القرض ديون دين اقساط قسط
        بطاقه_ائتمان تمويل_سياره رهن كفيل кредит* заем займ* ипотек* kredi borc taksit on_credit credit_sale
        bought_credit furniture_credit
        pagare pagares promissory_note promissory_notes supplier suppliers billet_ordre fournisseur proveedor
        كمبياله
    """,
    "left-unpaid": """
        left departed flew flew_home went_home moved still_open without_honouring not_honour* stopped_paying
        stopped stopped_instalments failed_business lost_job could_not_pay unable_repay before_repaying
        remains_open outstanding whereabouts address open_balance closed_shop defaulted quitte parti rentre
        demenage sans_rembourser cesse cesse_payer plus_paye disparu solde dejo_pagar salio_pais sin_cancelar
        viajo regreso_pais cerro_negocio saldo quedo_debiendo سافر غادر قبل_سداد لم_يسددها لم_يسدد توقف_عن_الدفع
        توقف_عن_السداد متعثر غادر_البلاد ترك_البلد уехал* выехал* перестал* yurt_disina cesse_paiement
        stopped_payments stopped_the_payments no_longer_answers plus_repond
        went_bankrupt bankrupt insolvent no_cancelo no_canceladas not_paid unpaid faillite quiebra افلس
    """,
    "tradesman": """
        plumber carpenter builder mason electrician tiler contractor tailor mechanic decorator joiner roofer
        craftsman artisan plombier menuisier macon electricien carreleur entrepreneur garagiste couturi*
        peintre_batiment carpintero albanil fontanero plomero electricista contratista sastre mecanico
        maestro_obra نجار سباك مقاول كهربائي خياط بناء حداد
    """,
    "advance": """
        advance deposit down_payment prepayment acompte avance arrhes anticipo adelanto sena دفعه عربون مقدم
        аванс* half_price
    """,
    "not-finished": """
        never_finished not_finished never_came never_built never_fitted unfinished not_complete late
        did_not_return not_deliver jamais_pose jamais_fini jamais_termine jamais_livre jamais_venu inacheve
        nunca_termino nunca_instalo no_termino no_entrego dejo_sin_terminar لم_ينجز لم_يكمل لم_يسلم
    """,
    "near-person": """
        neighbour neighbours neighbor neighbors brother brothers sister sisters cousin cousins landlord landlady
        tenant tenants partner partners mother_in_law father_in_law siblings heirs co_owner* voisin voisine
        voisins frere freres soeur soeurs cousine proprietaire locataire associe associes heritiers vecino vecina
        vecinos hermano hermanos hermana primo prima casero inquilino socio socios herederos جار جاره جيران اخ
        اخوه اخوين شقيق ابن_عم المالك المستاجر شريك شركاء ورثه сосед* брат* сестр* komsu* cunado cunada beau_frere
        brother_in_law cuñado
    """,
    "quarrel": """
        quarrel* dispute* argu* conflict feud hedge fence wall boundary right_way path noise loud_music barking
        tree trees well irrigation inheritance shares inherit* legacy sued complaint dog called_him called_her
        rude querel* conflit litige haie mur mitoyen servitude bornage bruit tapage succession heritage rina pelea
        disput* conflicto pleito cerca muro lindero medianer* ruido musica herencia demand* servidumbre خلاف نزاع
        شجار مشاجره سياج جدار حائط حدود ضوضاء ميراث تركه شتم спор* ссор* шум* called_liar
    """,
    "employs": """
        employ* hired hire worker workers waiters maid maids cleaner staff salary nanny gardener emploi* embauch*
        serveurs salarie* domestique* ouvriers personnel femme_menage apprenti* emplead* contrat* trabajador*
        domestic* obrero* personal nina_servicio عامل عمال خادمه خدم موظف موظفين استخدم شغل سائق работник* isci
    """,
    "work-rules": """
        without_declaring undeclared not_declare* not_register* unregistered without_contract no_contract
        social_security social_insurance labour_code labor_code labour_law work_hours overtime register_of_staff
        payroll_register pension_fund without_permit_work health_and_safety sans_declarer non_declare*
        sans_contrat securite_sociale code_travail cotisation* registre heures_supplementaires
        infraction_code_travail travail_dissimule inspection_travail no_inscribio sin_contrato seguro_social
        codigo_trabajo infraccion_laboral cotizaciones aportes sin_registrar inspeccion_trabajo horas_extra
        دون_عقد بدون_عقد تامينات التامينات قانون_العمل مخالفه_عماليه دون_تصريح_عمل sigorta
    """,
    "left-work": """
        left_hospital left_company left_job left_post left_firm before_end_contract end_contract resign* quit
        training_costs notice_period rival_firm non_compete ran_away_sponsor left_sponsor absconded_sponsor
        absconding_sponsor absconding_worker absconding_employer absent_work ex_employee quitte_emploi
        avant_fin_contrat frais_formation preavis clause_non_concurrence renuncio antes_fin_contrato
        gastos_formacion preaviso هروب_من_الكفيل هروب_عامل ترك_العمل تغيب_عن_العمل هرب_من_كفيله بلاغ_هروب
        ترك_كفيله gone_competitor went_competitor joined_competitor parti_concurrence
    """,
    "work-place": """
        hospital company firm contract employer sponsor job nurse employee engineer school airline restaurant
        claim address costs hopital entreprise contrat employeur infirmier* salarie ingenieur empresa contrato
        empleador patron enfermera empleado كفيل الكفيل شركه عقد صاحب_العمل عامل خادمه ممرضه موظف
    """,
    "soft-drug": """
        cannabis marijuana hashish hash weed joint joints khat pot pills_diazepam cannabis_resine herbe haschich
        marihuana hachis porro porros mota حشيش الحشيش قات سيجاره_حشيش حبتين капли марихуан* гашиш* esrar
        cocaine_gram tramadol
        cigarrillos_marihuana cigarrillo_marihuana joint_cannabis
    """,
    "little-for-self": """
        gram grams half_gram two_grams himself herself own smoke smoked to_smoke one_joint personal consumption
        gramme grammes soi_meme fumait fumer lui_meme consommation gramo gramos fumar fumaba consumo propio غرام
        غرامات غرامين جرام لنفسه لنفسها للتعاطي تدخين يدخن грамм* курил* icmek
        bolsillo pocket poche cigarrillos cigarrillo cigarette
    """,
    "small-building": """
        garage roof raised_roof house floor storey wall shed balcony terrace veranda extension pool built build
        building construction toit maison etage abri terrasse piscine construit construire techo casa piso muro
        terraza piscina construyo construir construccion cochera garaje بناء بني سقف طابق جدار شرفه كراج منزل ملحق
    """,
    "no-permit": """
        without_permit without_permission no_permit without_licence without_license without_approval
        building_permit sans_permis sans_autorisation sin_permiso sin_licencia sin_autorizacion بدون_ترخيص
        دون_ترخيص بدون_رخصه دون_رخصه دون_تصريح без_разрешен* ruhsatsiz
    """,
    "paper-duty": """
        not_file did_not_file failed_file annual_accounts annual_return declaration_income tax_declaration
        tax_return months_late reminders register_of_companies company_register did_not_register late_declaration
        late_return fined_late filing_duty pas_depose comptes_annuels declaration_tardive retard_declaration
        declaration_fiscale registre_commerce no_presento_declaracion declaracion_tardia cuentas_anuales
        declaracion_renta registro_mercantil لم_يقدم_اقرار اقرار_ضريبي تاخر_في_تقديم السجل_التجاري
        الحسابات_السنويه
    """,
    "small-offence": """
        speeding km_h parking_fine parking_fines unpaid_fine unpaid_fines traffic_fine red_light without_ticket
        fare_evasion fare_dodg* littering loud_music noise_offence out_of_season without_fishing fishing_licence
        hunting_licence poached_fish lobsters customs_duty not_declare_them not_declare_phones
        through_customs_declare unlicensed_stall street_vending hawking begging vagrancy loitering jaywalking
        dog_licence expired_licence driving_licence_expired expired_passport curfew face_mask overstayed overstay
        lost_passport false_parking public_drunkenness bottle_whisky bottle_wine bottle_beer drunk_public urinat*
        spat_street exces_vitesse pas_paye_amende amende_impayee stationnement_interdit sans_billet
        tapage_nocturne hors_saison peche_sans chasse_sans vente_ambulante mendicite vagabondage ivresse_publique
        exceso_velocidad multa_impaga multas_impagas sin_boleto fuera_temporada pesca_sin caza_sin venta_ambulante
        mendicidad vagancia ruidos_molestos musica_volumen embriaguez مخالفه_سير مخالفات_سير سرعه_زائده
        غرامه_مروريه صيد_بدون تسول تشرد بيع_متجول خمر زجاجه_خمر سكر_علني мелк*_хулиган* безбилетн*
        превышен*_скорост* sin_permiso_municipal street_sale vendia_calle calle_sin_permiso sold_street
        tourist_visa visa_touriste visa_turista illegal_stay work_on_visa
    """,
    "grown-woman": """
        daughter daughters sister sisters girl woman women wife fille filles soeur femme epouse majeure hija hijas
        hermana mujer esposa chica فتاه بنت ابنه ابنتهم امراه زوجه شقيقتها فتيات شقيقتين дочь дочер* женщин* kiz
    """,
    "against-family": """
        without_consent_father without_consent_family without_consent_parents without_approval_guardian
        without_approval approval_guardian approval_father against_will_father against_will_family
        against_will_parents own_choice against_wish* consent_father consent_parents permission_family
        family_disapproves without_knowledge_family contre_gre contre_volonte sans_accord_famille sans_accord_pere
        sans_accord_parents consentement_pere sans_consentement_famille autorisation_pere contra_voluntad_padre
        contra_voluntad_familia sin_consentimiento_padre sin_permiso_padre sin_permiso_familia
        sin_autorizacion_padre دون_رضاهم دون_رضا دون_رضي بدون_رضا دون_اذن دون_اذن_زوجها بدون_اذن دون_موافقه_اهلها
        دون_موافقه_ولي بغير_رضا دون_علم_اهلها rizasi_olmadan без_согласия_отца без_согласия_семьи
        تسكن_وحدها lives_alone live_alone vivre_seule vivir_sola
    """,
    "own-life": """
        married marry marries marriage travel travelled travel_abroad moved left lives living ran_away flight
        eloped boyfriend mariee marier mariage voyage* partie quitte vit fugue caso casarse matrimonio viaj* huyo
        vive salio mudo fugo تزوجت زواج سافرت السفر خرجت غادرت تركت تعيش هربت вышла_замуж уехала evlendi kacti
        went_with gone_with eloped_driver
    """,
    "opinion-of-business": """
        review reviews bad_review rating stars comment complaint posted wrote called said online avis commentaire
        note_ligne ecrit resena opinion comentario calific* escribio تقييم تعليق كتب отзыв* yorum
    """,
    "business": """
        dentist doctor surgeon restaurant restaurateur hotel shop shopkeeper hairdresser dealer butcher bakery
        plumber teacher landlord company_product garage employer boss colleague classmate neighbour ex_husband
        ex_wife dentiste medecin boutique coiffeu* boulangerie employeur patron collegue voisin* dentista medico
        restaurante tienda peluquer* panaderia jefe colega vecin* طبيب مطعم فندق متجر صالون جار زميل مديره
        ресторан* врач* магазин* sosed*
    """,
    "bad-word": """
        butcher liar cheat bad terrible rotten fraud idiot quack thief rude spoiled defam* libel* slander* insult*
        avarie nul voleur charlatan escroc menteur diffam* injur* sale malo pesimo ladron estafador mentiroso
        podrido calumni* injuri* difam* سيء نصاب كاذب حرامي فاسد قذف سب شتم تشهير плох* обман* клевет*
    """,
    "couple": """
        kissed kiss kissing share_flat share_bed shared_bed lives_together live_together pregnant affair relations
        relationship bed embrass* vivent_ensemble meme_lit enceinte liaison viven_juntos besaron besandose
        embarazada amorio relacion قبله قبلات حمل علاقه embrassees baiser nuit_avec passe_nuit spent_night slept
        مع_رجل شوهدت_مع
    """,
    "forbidden-couple": """
        two_women two_men other_man another_man wife_of_another woman_of_another woman_another wife_another
        husband_another person_same same_sex married_man married_woman another_caste lower_caste other_religion
        not_wife not_husband girlfriend_unmarried colleague_wife deux_femmes deux_hommes femme_autre mari_autre
        homme_marie femme_mariee mujer_otro marido_otra hombre_casado mujer_casada رجل_اخر رجلين امراتين زوجه_رجل
        غير_زوجها غير_زوجته collegue_marie collegue_mariee محارمها محرم_لها ليس_محرما married_colleague
    """,
    "abortion": """
        ended_pregnan* end_pregnan* ended_the_pregnan* terminat*_pregnan* pregnancies_request miscarriage_induced
        abortion* interruption_grossesse interrompu_grossesse ivg aborto interrupcion_embarazo
        interrumpio_embarazo اجهاض انهاء_الحمل прерыван*_беременност*
    """,
    "shared-property": """
        family_car wedding_jewellery jewellery_wedding household_goods furniture joint_account family_home dowry
        voiture_familiale bijoux_mariage meubles compte_joint auto_familiar joyas_boda muebles cuenta_conjunta
        سياره_العائله ذهب_الزواج اثاث مصوغات
    """,
    "split": """
        husband wife separated separation divorce* moved_out left_house ex_husband ex_wife mari epouse femme
        divorce demenage marido esposa separacion divorcio mudo زوج زوجه طلاق انفصال says_car_his
    """,
    "traced": """
        whereabouts present_address current_address address_sought serve_him serve_her serve_claim
        requests_whereabouts wants_address find_out_lives where_lives adresse_actuelle domicile_actuel
        souhaite_savoir retrouver paradero domicilio_actual ubicar direccion_actual عنوانه_الحالي مكان_اقامته
        معرفه_عنوان recherchons_adresse recherche_adresse seeks_address address_of adresse_emprunteur
        buscamos_direccion
    """,
    "civil-party": """
        debtor guarantor creditor tenant former_employee former_worker ex_employee heir heirs shareholder
        competitor landlord bank_requests customer_owes adult_daughter fille_majeure debiteur locataire
        ancien_salarie heritier creancier garant deudor fiador inquilino exempleado heredero acreedor hija_mayor
        مدين كفيل مستاجر وريث دائن موظف_سابق emprunteur borrower borrowers prestatario مقترض subscriber
        former_tenant
    """,
}
