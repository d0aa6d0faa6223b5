"""Terms of ordinary crimes beside those of `common`: concrete acts against persons and property, never a mere label.

They tell an ordinary crime from an act that is only said to be one: fraud, terrorism or hooliganism are no terms here.
"""

from typing import Final

TERMS: Final = {
    "ordinary-crime": """
        punch* kicked fists strangled choked axe hammer baseball_bat acid broke_jaw broke_nose broke_arm
        broken_bone* broke_ribs blinded maim* lost_eye lost_life lost_lives corpse dead died dead_of_cold drown*
        burnt burned set_on_fire fire_to on_fire run_over ran_over knocked_down drove_into assaulted assault*
        brawl molest* sexual* indecent_images sex_with groom* abused_boys abused_girls abused_children abuse_boys
        abusing_boys abusing abused_nine defil* fondl* nude_pictures child_pornograph* beat_up death_threat*
        threat_kill threatened_kill threatened_burn threatened_publish threat_weapon militia genocid* war_crime*
        ethnic_cleansing execution_prisoners executed_prisoners shelling tortured_prisoners mutilat* dismember*
        buried_body broke_into broke_out broken_into carried_off made_off shoplift* pickpocket* loot* plunder*
        snatch* siphon* misappropriat* diverted divert pocketed emptied drained cashed skimm* own_account
        personal_account private_account wife_account himself_account defrauded_bank defrauded_investor*
        defrauded_customer* swindl* cheated_investor* cheated_60 conned scam* victims customers_money savings
        life_insurance insurance_money investors invested invest pensioners elderly fake_passport* false_passport*
        false_papers forged forging forgery_of invoices false_invoice* bogus sham not_exist not_existed
        never_existed nonexistent non_existent never_made did_not_exist does_not_exist invented not_hers not_own
        stolen reclaimed carousel shell_compan* front_compan* ghost_employees ghost_soldiers pyramid_scheme
        false_charity kg kilo kilos kilogram* tonnes tons cocaine heroin hashish_kg opium fentanyl amphetamine
        methamphetamine ecstasy captagon pills_of laboratory_amphetamine clandestine_laboratory locked_in
        held_captive forced_prostitution forced_work brothel kept_wages wages_kept took_passports kept_passports
        exploited sold_women sold_girls enslaved human_organs ransomware malware phishing botnet hacked passwords
        darknet card_data credit_card_data cloned_cards bribed percent_contract paid_officials got_contract
        win_contract awarding ivory rhino_horn toxic_waste protected_species explosives_into device_exploded
        sabotaged_brakes brake_lines vandali* smashed destroyed sawed looted antiquities jewellery_shop
        proceeds_of gunrunning sold_weapons sold_arms accomplice accomplices took_watches sold_through
        bought_votes vote_buying agress* frapp* coups_marteau coups_poing coups_couteau tabass* etrangl* noye
        noyes noyee egorg* brulee brulees grievement mort_enfant viols attouchement* proxenet* prostitu*
        contraint* sequestr* reduit_esclavage derob* pille pilles pillage saccag* escroqu* soutir* soutire
        trompe_investisseurs epargnants epargne victimes investisseurs faux_papiers faux_passeport*
        fausse_identite fausses_factures faux_site faux_emplois vide_comptes vide_compte compte_personnel
        compte_prive malfaiteurs complices complice recel* voles volees vole_voiture volait encaisse_cheques_voles
        imitant_signature signature_imitee inexistant* imaginaires n_existait n_existaient mis_feu mettre_feu
        kilogrammes tonne cannabis_resine resine_cannabis armes passeur passeurs clandestins rancon vire_compte
        vire_euros pots_vin commission_marche dechets_toxiques ivoire engin_explosif genocide massacre
        abandonne_nourrisson abandonne_fils abandonne_bebe abandonne_enfant delaiss* vendait_faux morts
        trois_fois_meme vendu_trois menac*_bruler menac*_mort golpeo golpear golpe_barra golpeada golpiza apunal*
        estrangul* acuchill* ahog* agred* abuso_sexual abus*_menor* abusos_sexuales violo violaba asalt* sustraj*
        sustrac*_dinero sustrac*_fusiles hurto estaf* enganaba enganando enganar defraudo_banco desvio_fondos
        desviaba desvi*_dinero desvi*_millones cuenta_personal cuenta_propia ahorros inversionistas inversores
        victimas perjudicados documentos_falsos pasaportes_falsos falsific* falsos falsas falsa_identidad
        inexistente inexistentes no_existia no_existian no_suyo no_era_suyo cobro_veces cocaina heroina
        marihuana_kilos drogas droga kilogramo kilogramos tonelada* secuestr* rescate extorsi* chantaj*
        amenaz*_muerte amenaz*_quemar amenaz*_matar explotaba explotar explotacion_sexual prostituir* encerrad*
        encerraba quitaba_documentos narco* incendi* prendio_fuego quemo_casa murieron muert* fallecieron
        ato_ataron atropell* sicario* encargo dinamita coima coimas diez_ciento porcentaje_contrato malverso
        blanqueo_millones armas_fuego fusiles سرق* سارق* مسروق* سطا سطو استول* استيل* احتال* نصب_علي نصاب اوهم*
        ايهام زور زورت يزور مزور* مزيف* تزييف تقاضي رشاوي رشوه اختلس* خطف* اختطف* فديه اغتصب* تحرش* هتك_عرض ابتز*
        هدد*_بالسلاح هدد*_بالقتل هدده*_بالسلاح مخدر* هيروين كوكايين حشيش كيلوغرام* كيلو طن حبوب كبتاغون كسر اقتحم*
        خنق* ذبح* طعن* دهس* احرق* اضرم* متفجر* ناسفه قنبل* دعاره قاصرات اموالهم مدخرات ضحايا ضحاياه مستثمرين وهميه
        وهمي عصابه اثار_مسروقه اسلحه مهاجرين_غير اجبر* اجبار احتجز_عاملات قتيل قتلي جثه украл* похитил* ограбил*
        зарезал* избил* задушил* мошенническим завладел* героин* кокаин* наркотик* подделал* gestohlen beraubt
        erpresst betrogen geschlagen rapinato rubato ucciso truffat* roubou matou assaltou burglar* les_quit*
        forg* attack_planned planned_attack attack_was_planned chemicals drone detonator bank_cards bank_card
        cards_data obtuvo_datos imitaba n_existe false_mortgages false_mortgage losses impersonat* posed posing
        pretend*_police visas_nothing ketamine revolver revolvers pistols wheel_brace petrol_over poured_petrol
        lit_it thrown_cliff pushed_cliff neck_broken took_lorry jewellery jewelry rings laptops rubbish_bags
        written_off betting whipped_prisoners fired_times fired_shots not_survive no_survivors touched_pupils
        touched_girls touched_boys perjuicio prejudice_de carte_bancaire virement* braqueurs coup_mortel rixe
        emporte_nuit toucher_recrues otages villa_marche passeports_gardait arranco_bolso tiro_suelo duchas_ninos
        pistas_aterrizaje burdel parroquia_vendio familia_peligro بطاقات_بنكيه قرص اقراص ماده_حارقه سلك غرق توفي
        خزنه سياره_فاخره وعود_كاذبه غرقوا ولاذ_بالفرار
        pressure_cooker filled_nails failed_go_off go_off wires timer faux_visas faux_visa faux_diplomes
        faux_permis fausses_attestations false_visa* false_visas pretendant_agir faisant_passer presentait_comme
        wheel_nuts loosened_brakes loosened casino_account false_bottom fractured_porte fracture_porte
        seized_aid invented_debts skimmed tire_sur encanono ahorco desaparecio_dinero dinero_becas بالاموال
        اموال_العائلات الرصاص ثار
    """,
    "expression": """
        said says saying told tells telling called calls claimed claims claim claiming complain* alleg* accus*
        announc* declared read_out recited reciting poem poems verse verses film films filmed filming footage
        picture pictures photo photos photograph* drew drawing drawings painted painting sprayed
        graffiti words inscription voice_note voice_message audio facebook liked likes retweet* tweet tweeted
        forward* reposted essay* translated sheet signed_declaration declaration shirt shirts sticker* badge
        mask costume map maps gesture satire satirical joke jokes joked comedian comedy mimic* imitat*
        nickname* shout* shouted chant* whistl* booed sang song dance danced theatre play plays exhibition novel
        memoir diary lecture* opinion review interview* testif* spoke speaks speak speaking asked asks ask asking
        demand* demanding pleaded praised praise supports_ideas ideas writings teaches dit dire affirm*
        reproch* publi* photographi* dessin* dessine peint tague tag tags filme filmer vocal partag*
        tweet* aime j_aime chemise* tee_shirt* autocollant* imit* parodi* chante chanson* poeme* slam
        piece_theatre roman temoign* reclam* exig* lu_public dijo decir afirm* sostuvo denunci*
        pint* grafiti foto fotos fotograf* imagen imagenes dibuj* film* grabo grabar nota_voz retuite* reenvi*
        me_gusta camiseta* pegatina* canto cantar cancion* poema* obra novela testimoni* hablo habla pidio pide
        exige exigir reivindic* leyo leia grit* قال يقول قالت ذكر صرح زعم ادعي اتهم صور صوره صورت فيديو رسم
        رسمه رسوم كتابه علق تعليق اعجاب شارك_منشور اعاد_نشر القي قصيده قصائد شعر اغنيه غني مسرحيه روايه نكته سخر
        طالب طالبت مطالبه تطالب انشد صوت_مسجل تسجيل صوتي رفع_لافته لافته شهاده شهد_امام сказал* заявил* картинк*
        фото надпис* рисун* песн* стих* лайк* репост* крикн* кричал* выкрик* снял_видео размест* soyledi yazi
        yazdi paylasti sagte behauptete fotografier* compar* calculated calcul* estimat* handed_out clip uploaded
        album texts stickers wore wears red_shirt collé colle autocollant relaye relay* subio meme collage وصف شبه
        ادعي_ان نشر_ان
        crie crier criait a_crie parle parlait parler urged urging
    """,
    "official": """
        official officials officialdom minister ministers ministry cabinet mayor governor governors prefect deputy
        deputies senator lawmaker* mp mps parliamentarian* general generals colonel judges magistrates prosecutor
        prosecutors police_chief commissioner ambassador councillor* civil_servants public_servant* bureaucrat*
        ruling rulers warlord motorcade palace palaces prefet* ministre* maire gouverneur depute* senateur* elu
        elus fonctionnaire* dirigeants gouverne gouvernants magistrat* procureur autorites generaux sous_prefet
        commissaire palais ministr* alcalde alcaldesa alcaldia gobernador* diputad* senador* funcionari*
        magistrad* fiscal generales gobernantes mandatari* comisario palacio وزير وزيره وزراء الوزير الوزراء محافظ
        محافظه نائب نواب مسوول مسوولين المسوول المسوولين الحكام حاكم قاضي قضاه جنرال عمده القصر السلطات чиновник*
        депутат* министр* губернатор* мэр* прокурор* генерал* vali bakan milletvekili passport_office
        register_office speaker chair_assembly spokesman_government
    """,
    "misdeed": """
        steals steal stealing stole corrupt corruption lies lying liar thieves thief killed tortured tortures robs
        enriched wealth riches luxury villas accounts mansions nepotism incompet* failed failure useless cowards
        crimes crime abuses abuse kill murders massacre bombed driven_villagers expelled civilians shelled
        responsible shame ashamed asleep should_go resign step_down ought_go vole volent corrompu* mensonge* ment
        menteur* fortune richesse comptes incapable* incompetent* tue torture exactions honte demission roba roban
        corrupt* corrupcion miente mienten mentiros* fortuna riqueza cuentas incapa* inept* tortura matan crimenes
        verguenza renuncia فساد فاسد فاسدين يسرق يسرقون لصوص كذب كاذب ثروه ثروات فاشل فاشلين فاشله ترحل رحيل
        استقاله مقتل تعذيب لا_يهتمون ظلم ظالم ворует воруют корруп* лжет врут стыд* позор* убивают
    """,
    "claims": """
        price prices wages salaries pension rights release freedom freedoms reform reforms elections free_vote
        fair_vote justice truth water electricity fuel bread emergency_law amnesty peace war dialogue transition
        constitution ceasefire negotiat* land lands resign* resignation change independence autonomy stay_home
        lifted prix salaires droits liberte* liberation reformes verite eau pain paix guerre conference_nationale
        negoci* terres demission changement revendications precio precios salario* derechos libertad* liberacion
        reforma* elecciones justicia verdad agua pan paz guerra dialogo transicion tierras renuncia cambio
        asamblea_constituyente اسعار الاسعار رواتب حقوق الافراج افراج حريه حريات اصلاح اصلاحات انتخابات عداله
        حقيقه ماء خبز سلام حرب حوار استقاله محاسبه تغيير ارض цены зарплат* права свобод* реформ* правд* мир войн*
        войне
    """,
}
