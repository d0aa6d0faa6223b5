"""Terms that many patterns share: acts, and the ordinary crimes that outweigh or cancel what else a text has."""

from typing import Final

TERMS: Final = {
    # Violence against persons, and against things by fire or explosives.
    "violence": """
        kill* murder* shot shoot* gunfire gunpoint gunman stab stabbed stabbing stabs strangl* behead*
        slaughter*
        massacr* assassinat* wound*
        injure injured injures injuring injury injuries rape* raping bomb* explo* grenade* detonat* arson
        molotov
        petrol_bomb* set_fire setting_fire burnt_alive
        burned_down burning kidnap* abduct* hostage* machete* knife knives hijack* ambush* mortar* poison*
        homicide*
        manslaughter gun guns rifle* firearm* pistol* weapon* beat beating died dead_body threw_stone*
        opened_fire
        torch*
        tue tuer tuent tues tuee assassin* meurtr* poignard* egorg* blesse* blessures blessant viol viols violer
        viole violee explos* bombe* incendi*
        enlev* otage* arme arme_feu main_armee fusil* couteau decede* barre_fer
        mato matar mataron mate asesin* homicidi* dispar* apunal* hirio hirieron herid* violo violacion violaron
        violar bomba* explosiv* granada* quem*
        secuestr* rehen* arma armas fusil* cuchillo muert* murio murieron
        قتل* يقتل مقتل اطلق_النار اطلاق_النار اغتيال اغتال طعن جرح اصاب* فجر* تفجير* عبوه_ناسفه قنبل* حرق*
        احرق* خطف*
        اختطاف* رهين* سكين اغتصب* اغتصاب سلاح اسلحه متفجرات مذبحه
        убий* убил* убит* застрел* взрыв* взорв* ранен* изнасил* похищ* поджог* поджег* оруж* нож
        morder mord ermord* erschoss* vergewaltig* verletz* sprengstoff* omicid* uccis* rapina assassinio
        homicidio
        oldur* yarala* bombala* silahla* 杀人* 杀害* 炸弹* 绑架* 强奸*
    """,
    # Crimes for gain and the like, which are ordinary crimes for any offender.
    "crime-for-gain": """
        rob robbed robber* robbing stole stolen steal* thef* burgl* extort* blackmail* bribe* bribery kickback*
        embezzl* launder* smuggl* traffick* cocaine heroin cartel* mafia* gang gangs drug drugs narcotic*
        ransom*
        counterfeit* pimp* prostitut*
        vole volee voler vole_arme braqu* cambriol* extor* chantage pots_vin pot_vin detourn*
        blanchi*
        contreband* trafic* stupefiant* rancon* faux_billets
        robo robar robaron hurt* atrac* extors* chantaj* soborn* cohecho malvers* blanqueo trafic* narcotraf*
        cartel
        contraband* rescate
        سرق* سطو ابتزاز رشوه رشاوي اختلاس اختلس* غسل_الاموال غسيل_الاموال تهريب مخدرات كوكايين
        краж* разбо* грабе* вымогат* взятк* наркот*
    """,
    # What makes of a private or an administrative matter a serious crime (RPD 83).
    "organised-or-forged": """
        organised_crime organized_crime criminal_organi* criminal_network gang gangs ring mafia* cartel*
        syndicate*
        forg* counterfeit* falsif* fake faked fictitious shell_compan* front_compan* carousel scheme pyramid
        ponzi
        false_invoice*
        stolen hacked victims hundreds thousands million* billion* investors depositors pensioners pilgrims
        trafficking smuggl* drug drugs sold_drugs
        crime_organise bande_organisee faux fausse* fausses contrefa* falsifi* societe*_ecran* victimes
        centaines
        milliers million* milliards
        crimen_organizado delincuencia_organizada banda cartel falso falsa falsos falsas falsific*
        empresas_fantasma*
        victimas cientos miles millon*
        جريمه_منظمه عصابه عصابات شبكه تزوير زور مزور* وهمي* ضحايا مئات الاف مليون ملايين
        организованн*_групп* банд* поддел* подложн* фиктивн* миллион*
    """,
    "take-part": """
        participat* took_part taking_part take_part organis* organiz* attend* lead led leading
        leader_protest* call
        called
        calls calling incit* instigat* urge* urging join* joined promot* mobilis* mobiliz* appeal* convene*
        advocat* demand* staged held hold* prepar* support* supporter* gather* announc* provok* abet* shout*
        chant*
        particip* organisat* appel* appelant incit* dirig* convoqu* revendiqu* soutien* soutenu scand* tenu
        convoc* llama llamo llamado llamar instig* encabez* lider* apoy* promov* promuev* asisti* participo
        شارك* مشارك* يشارك اشترك* نظم تنظيم_مظاهر* دعا دعوه دعوات يدعو تدعو تحريض حرض يحرض قاد قياده
        участ* организ* призыв* возглав* teilgenommen teilnahme aufruf* katil* cagri* 参加* 煽动* 组织*
    """,
    "speech": """
        مقابله مقابلات تلفزيوني* poem* libro libros livre livres caricatura* e_mail emails
        open_letter letter letters opinion opinions views thoughts chat_group voice_message tiktok
        post posts posted posting publish* publication* tweet* video videos vlog* blog* article articles
        wrote write
        writes writing* broadcast* interview* speech* stated statement* comment* share shared shares sharing
        social_media
        social_network* channel* telegram facebook youtube whatsapp tiktok instagram twitter live_stream
        livestream
        podcast* leaflet* flyer* pamphlet* banner* placard* poster* slogan* song songs sang cartoon* meme memes
        newspaper* radio television website web_page book books caption* petition* graffiti lecture*
        conference* said
        remark* utter* message messages online internet criticis* criticiz* spoke discuss* report_about
        reporting
        publie publier publies publications article* propos tenus_propos declar* tract* slogan* banderole*
        emission*
        chanson* reseaux_sociaux reseau_social video* caricatur* pancarte* diffus* ecrit
        publico publicar publicaciones mensaje* articulo* discurs* declaraci* octavilla* panflet* pancart*
        emisora*
        consigna* redes_sociales difund* difusion redact* tuit* radio canal
        نشر* ينشر منشور* تغريد* مقطع مقاطع مقال* كتب كتاب* خطاب خطب هتاف* هتف* قناه صفحته صفحتها حسابه حسابها
        برنامج
        بيان* تصريح* وسائل_التواصل الانترنت اغاني
        публик* опублик* пост посты стать* интервью коммент* высказыван* видео листовк* плакат* paylas* yayin*
        发表* 言论* 文章* 微博* 传播*
        voice_note facebook_live live_broadcast live film films picture filmed photograph* drawing* sheet
        manifesto journal newsletter magazine editorial forward* retweet* tract tracts affiche* banderole
        photographie tweete vocal diario revista revistas volante volantes pegatina* cartel carteles nota_voz
        مداخله حوار_مع تغريده رسمه
        upload* clip clips caption captions album lyrics texts dictionary bookshop booksellers novel novels
        comic blog blogs vlog telegram_channel conference_presse point_presse subtitle* تدوينه بث_مباشر بودكاست
        كاريكاتير منشورات قصيده حلقه_قراءه
    """,
    "unlawful": """
        non_reconnu* not_recognised not_recognized unrecognised unrecognized no_reconocid* غير_معترف
        unlawful* unauthori* illegal* unsanction* prohibit* banned ban unpermitted no_permi* without_permi*
        without_authori* without_licen* forbidden unregistered not_registered dissolved outlaw* proscribed
        not_authori* not_approved unapproved disallowed clandestine
        non_autorise* sans_autorisation illegal* interdit* illicite* dissous dissoute prohibe*
        ilegal* no_autorizad* sin_autorizacion sin_permiso prohibid* ilicit* proscrit* disuelt* no_registrad*
        غير_مرخص* بدون_ترخيص دون_ترخيص دون_تصريح بدون_تصريح غير_قانوني* غير_مشروع* محظور* منحل*
        незаконн* запрещ* несанкционир* нежелательн* yasadisi yasadis* izinsiz verboten* vietat* 非法*
        disbanded deregistered not_permitted no_registration sin_registro sans_recepisse sans_declaration
        non_declare* non_agree* تم_حله حله منحله غير_مصرح
        ممنوع ممنوعه outlawed prohibited_colours interdite proscrita
    """,
    "sentenced": """
        sentenc* condemn* punish* penalt* verdict* convict* ordered court_ordered judg*
        condamn* peine* jugement sentenci* conden* pena castig* حكم حكما محكوم عقوبه قضت приговор*
        sentence sentences adjudged law_demands law_knows tribunal_decide dictada cut_off
    """,
    "leave": """
        absent_from not_return did_not_report
        left leave leaves leaving abandon* absent* went_away gone_away run_away ran_away walked_off walked_away
        did_not_return not_return* failed_return* quit quitting desert deserted fled absconded
        quitte* quitter abandonn* absence absent pas_rejoint abandono abandon* desert* ausent*
        ترك هرب فر هروب غادر تغيب غياب остав* покин* сбежал*
        sail went_abroad gone crossed_border surrendered did_not_come not_come_back not_back
        has_not_returned never_returned feigned malinger* away_since been_away did_not_rejoin crossed
        ignores_summons quitte pas_revenu n_est_pas_revenu jamais_revenu franchi cruzo no_volvio
        no_regreso abandono_cuartel لم_يعد لم_ترجع لم_يرجع سافر هاجر لم_يسلم_نفسه не_вернул* выехал* не_явил*
    """,
    "refuse": """
        لم_يلتحق عدم_الالتحاق did_not_join did_not_rejoin
        refus* fail* did_not not_appear not_present evad* evasion avoid* dodg* escap* not_report declin* disobe*
        absent
        absence unwilling not_obey not_carry not_answer abscond*
        refus* soustrait* soustrai* insoumis* pas_repondu desobei* desert*
        nego nieg* negarse evad* evasion incumpl* desobed* no_presento no_compareci*
        رفض تهرب تخلف امتنع امتناع عصي تمرد уклон* отказ* неисполн* неявк* kacma* entzieh*
        wouldn wouldn_sail won_fly won_serve not_want invoke* handed_in_papers feigned feign* simulat*
        not_drafted ignored ignores neither_nor ne_veut_pas invoque invoca no_quiso se_nego نكص لم_يلب لم_يحضر
    """,
}
