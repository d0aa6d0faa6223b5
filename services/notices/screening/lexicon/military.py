"""Terms of military duty (constitution, article 3)."""

from typing import Final

TERMS: Final = {
    "military-offence": """
        grounds_conscience reasons_conscience objection_conscience objecion_conciencia uklonenie_mobilizats*
        dezertir*
        desertio* الهروب_الجيش هروب_الجيش فرار_الجيش الفرار_الجنديه هرب_الجيش هروب_الخدمه الهروب_الخدمه
        الفرار_الجيش
        desertion deserter* draft_evasion draft_dodg* draft_evader* awol absent_without_leave
        conscientious_objec*
        mutiny mutineer* mutinous insubordinat* evasion_mobili* evasion_military evasion_conscription
        evad*_conscription evad*_draft conscription_evasion unauthori*_absence_from_service
        absence_without_leave
        unlawful_absence_unit military_disobedience leaving_post abandonment_post abandonment_service
        breach_discipline
        leaving_unit
        desertion deserteur* insoumission insoumis mutinerie* objecteur*_conscience abandon_poste
        absence_irreguliere
        refus_obeissance desobeissance_militaire
        desercion desertor* deserto desertar insubordinacion insumision objetor*_conciencia motin_militar
        abandono_servicio
        abandono_puesto abandono_destino
        الفرار_من_الخدمه التهرب_من_التجنيد التهرب_من_الخدمه الفرار_من_الجيش هروب_من_الخدمه التخلف_عن_التجنيد
        تمرد_عسكري
        الفرار_من_الجنديه
        дезертир* самовольн*_оставлен* уклонен*_от_призыва уклонен*_призыв* уклонен*_мобилизац* ухилен* мятеж
        fahnenflucht desercao desercja diserzione asker_kacag* firar 逃兵* 逃避兵役*
        cowardice wilful_absence absent_leave away_barracks sin_licencia_cuartel desobediencia_militar
        insubordination insubordinate ausencia_ilegal abandono_unidad abandono_filas cobardia lachete
        abandon_corps absence_illegale desertacion غياب_بدون_اذن_عسكري جريمه_عسكريه جريمه_الفرار
        تخلف_عن_الاحتياط refus_servir refus_porter_arme conscientious_objection draft_evad* desertion_fields
        samovolk* samovolnoe dezertirstvo
        called_colours call_colours colours_three cut_off_fingers finger_army shore_leave self_mutilation
        mutilation_volontaire automutilacion mutilacion_voluntaria evasion_du_service fuite_devant_ennemi
        abandono_guardia
    """,
    "military-duty": """
        خدمه_عسكريه bombing_mission combat_mission deployment absent_duty call_to_arms
        military_training mobilizats* entrainement_militaire instruccion_militar
        military_service national_service conscription recruitment recruit_centre call_up called_up mobilis*
        mobiliz* enlist*
        draft drafted_army go_front front_line compulsory_service reserve_service military_duty reservist*
        bear_arms
        service_militaire service_national mobilisation conscription appel_drapeaux sous_drapeaux
        servicio_militar llamamiento_filas reclutamiento movilizacion_militar filas
        الخدمه_العسكريه التجنيد الخدمه_الالزاميه التجنيد_الالزامي العلم_العسكري
        мобилизац* призыв* военн*_служб* военкомат* фронт* призову военной_службе askerlik* wehrdienst* 兵役*
        call_up_papers papers_call_up draft_notice drafted conscript* reserve reserves reservist squadron
        garrison barracks age_call_up summons_army recruitment_office military_board medical_board enlistment
        uniform_service contingent appele_contingent conscrit reserviste caserne casernement bureau_recrutement
        conscripto conscripta cuartel reservista oficina_reclutamiento batallon احتياط الاحتياط مكتب_التجنيد
        تجنيد خدمه_العلم استدعي повестк* призывник* асker
        colours_called army_would army_not_take stage_militaire base_formation military_academy sous_lieutenant
    """,
    "soldier": """
        pilot pilots warrant_officer officer_cadet recruit recruits regiment aviador marin marino
        soldier* serviceman servicemen sergeant lieutenant corporal airman sailor private_soldier army_officer
        contract_soldier national_guard conscripts conscript
        soldat* sous_officier caporal militaire sergent lieutenant soldado* sargento teniente cabo suboficial
        جندي عسكري ضابط مجند ملازم военнослуж* солдат* матрос* asker*
        officer_navy naval_officer chaplain colonel captain major officer_guard private_infantry conscripted
        navy air_force airforce infantry paratrooper gendarme caporal_chef adjudant officier marine legionnaire
        conscrit oficial cabo_primero soldada recluta عريف رقيب نقيب عقيد طيار بحار офицер* сержант* рядов*
    """,
    "unit": """
        duty mission
        unit barracks garrison regiment battalion brigade post military_base company platoon camp corps ship
        fort
        unite caserne regiment bataillon corps garnison poste cuartel batallon unidad regimiento guarnicion
        puesto
        وحدته وحده_عسكريه ثكنه معسكر كتيبه част* казарм* birlik* kisla*
        squadron vessel fleet position positions deployment blockade line trenches casernement su_unidad navio
        وحده وحدتها موقعه
        frigate destroyer submarine base barrack corvette fregate base_navale sous_marin fragata submarino
        base_naval فرقاطه قاعده معسكره ثكنته
    """,
    "order": """
        order orders command commander officers ordre ordres commandement mise_demeure orden ordenes superiores
        اوامر الاوامر приказ*
    """,
}
