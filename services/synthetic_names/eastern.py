"""The names of languages of central and eastern Europe, the Caucasus and central Asia."""

from typing import Final

from services.synthetic_names.languages import Language

EASTERN: Final = (
    Language(
        "POL",
        "PL",
        "Agnieszka Bożena Dorota Elżbieta Grażyna Halina Jadwiga Kinga Łucja Małgorzata Wanda Zofia Renata Urszula",
        "Andrzej Bogdan Czesław Dariusz Grzegorz Jacek Krzysztof Łukasz Marek Paweł Stanisław Zbigniew Wojciech Leszek",
        (
            (
                "Bor Brzoz Dąb Górn Jasz Kalin Król Lip Mal Sosn Wron Ziel Bart Chmiel Dudz Frącz Gaw Hol Jabł "
                "Krasz Łęcz Mroz "
                "Now Olsz Piek Rudz Szcz Trzeb Urb Wil Żuraw Ciesz Gniew Kosz Modrz Przyb"
            ),
            "_ _ el ow in ak ys at ań or usz ew al",
            (
                "ak czyk ek ewicz iak icki|icka ik owski|owska owiak owicz oń as ecki|ecka yński|yńska och uła ys "
                "acz alski|alska"
            ),
        ),
        "ów no ice owo in sk",
        ("Bole Dobro Jaro Kazi Miro Prze Sławo Świę Wito", "_ ni", "sław|sława mir|mira bor|mira"),
        respellings="ł>l ą>a ę>e ó>o ż>z ś>s",
        epithets="Łysy Gruby Kulawy Ruda",
        double_share=0.04,
    ),
    Language(
        "CZE",
        "CZ SK SI HR",
        "Alena Blanka Dagmar Eliška Hana Ivana Jitka Květa Lenka Milena Olga Renata Šárka Zdenka",
        "Antonín Bohumil Ctirad Dušan František Hynek Jaroslav Karel Libor Miloš Oldřich Radek Václav Zdeněk",
        (
            (
                "Bed Čer Dol Had Hru Jan Kop Kuč Ledv Mar Neb Ond Pek Rač Sed Šim Tom Vac Vlč Zelen Barb Cib Drah "
                "Fil Hor Kal "
                "Kub Lang Mus Nov Pok Slad"
            ),
            "_ _ en ar ic ul ov ač in eš ad il",
            "ák|áková ek|ková ka|ková ský|ská ný|ná ač|ačová ík|íková ec|cová ura|urová as|asová ovič|ovičová il|ilová",
        ),
        "ov ice no ec any",
        ("Bohu Jaro Mila Rado Stani Vladi Zde", "_ n", "slav|slava mír|míra mil|mila"),
        respellings="č>c š>s ž>z ř>r á>a í>i",
    ),
    Language(
        "HUN",
        "HU",
        "Ágnes Boglárka Csilla Emese Gizella Ilona Judit Katalin Magdolna Orsolya Piroska Réka Tünde Zsuzsanna",
        "Attila Béla Csaba Dezső Ferenc Gergő Imre Jenő Kálmán Lajos Miklós Sándor Tibor Zoltán",
        (
            (
                "Balog Csor Dor Erd Far Gyar Hal Isz Jár Kecs Lak Megy Nyir Oros Pálf Rác Sár Szeg Tar Ujv Vár Zal "
                "Bak Cseh Dev "
                "Fekt Horv Kern Mol Sip Töl"
            ),
            "_ _ as el ek om os ik al ond ez an",
            "ai i os ész ényi ányi falvi ási esi házi ffy kó ka vári szky egi olai",
        ),
        "háza vár falva hely",
        ("Al Bar Cson Den Gel Lőr Mar Tam Zol", "a e i", "na|nka csi|csa rd|rda nt|nta"),
        surname_first=True,
    ),
    Language(
        "RUM",
        "RO MD",
        "Adela Bianca Cosmina Doina Elena Florica Ileana Luminița Mihaela Oana Raluca Simona Viorica",
        "Adrian Bogdan Ciprian Dragoș Emil Florin Ghiță Horia Ionuț Laurențiu Mircea Ovidiu Radu Vasile",
        (
            (
                "Alb Bărb Cioc Dob Fir Grig Ior Lup Mold Neg Oni Pop Răd San Tăn Urs Vlăd Zah Brât Cost Drăg Hagi "
                "Mih Pâr Stoic"
            ),
            "_ _ an el ul in or ac esc ar et",
            "escu eanu aru uță oiu iu ache ete ilă ea aș oveanu ici",
        ),
        "ești eni oara u",
        ("Ad Cor Dor Ion Lav Mar Sor Vic", "i in an el", "el|ela ian|iana uț|uța"),
        respellings="ț>t ș>s ă>a â>a î>i",
    ),
    Language(
        "LIT",
        "LT LV",
        "Aušra Birutė Daiva Eglė Giedrė Jūratė Laima Milda Neringa Rasa Skaistė Vaiva Ilze",
        "Algis Darius Gintaras Jonas Kęstutis Linas Mindaugas Rimantas Saulius Tomas Vytas Andris",
        (
            "Ad Bal Čes Dau Gir Jan Kal Kaz Lau Mar Nor Pet Ram Sak Ste Tam Urb Val Vit Žem Bart Grig Mac Rud Šim",
            "_ _ an el in ul ys ar ov aus",
            (
                "aitis|aitytė onis|onytė auskas|auskaitė ūnas|ūnaitė evičius|evičiūtė ėnas|ėnaitė utis|utytė "
                "elis|elytė iņš|iņa"
            ),
        ),
        "iai iškės ėnai",
        respellings="š>s ž>z č>c ū>u ė>e",
    ),
    Language(
        "ALB",
        "AL",
        "Albana Blerta Drita Elira Fatbardha Liri Mimoza Rudina Teuta Vjollca",
        "Agron Besnik Dritan Edon Gëzim Ilir Kreshnik Luan Petrit Shpend",
        (
            "Alib Ber Cen Del Gash Hox Kel Laç Mark Ndre Osm Pren Ram Shal Tah Veli Zog Bard Dush Gjok Krye Lul",
            "_ _ an ar el in ash ul om",
            "aj i ollari oshi ini aku eti ani eshi ari olli ushi",
        ),
        "as ani ë i",
        respellings="ë>e ç>c",
    ),
    Language(
        "SRP",
        "RS BA ME MK",
        "Биљана Весна Гордана Драгана Јелена Љиљана Милица Невена Олга Радмила Светлана Тијана",
        "Бранко Вук Горан Драган Жељко Зоран Милан Ненад Огњен Предраг Слободан Урош",
        (
            (
                "Ант Бож Вуј Гав Дам Ђор Жив Злат Илиј Јак Ков Лаз Мил Ник Обр Пав Рад Сав Тад Урош Фил Цвет Чол "
                "Шар Бра Дру Мар"
            ),
            "_ _ ан ен ос ат ин ој ор ад ум",
            "ић овић евић ичић аковић уновић оски|оска ешевић ушић ановић атовић",
        ),
        "ac ovac ište ica",
        ("Бог Вел Дра Мил Рад Сло Ста", "о и", "мир|мира слав|слава бор|на ван|ванка"),
        respellings="zh>z sh>s ch>c",
    ),
    Language(
        "BUL",
        "BG",
        "Ана Боряна Венета Галина Деница Елица Здравка Ивета Красимира Надежда Росица Цветана",
        "Атанас Борислав Веселин Георги Димитър Живко Ивайло Красимир Любомир Огнян Пламен Стоян",
        (
            (
                "Анг Бал Вел Ганч Дим Жел Злат Ил Кал Кр Луц Мил Нед Пан Рад Сав Тод Тонч Урум Хадж Цон Чав Шиш Бож "
                "Дон Мут"
            ),
            "_ _ ан ен ил ор уш ат ак ар",
            "ов|ова ев|ева ински|инска арски|арска ашки|ашка унов|унова анов|анова елиев|елиева",
        ),
        "ovo grad ets tsa",
        patronymics="Иванов|Иванова Петров|Петрова Димитров|Димитрова Стоянов|Стоянова Ангелов|Ангелова",
        respellings="ts>c zh>j ya>ia",
    ),
    Language(
        "RUS",
        "RU BY",
        "Алла Вера Галина Дарья Ирина Лариса Марина Нина Ольга Раиса Тамара Юлия Светлана Зинаида",
        "Андрей Борис Виктор Глеб Денис Игорь Кирилл Максим Олег Роман Степан Фёдор Тимофей Эдуард",
        (
            (
                "Бел Вор Гор Дуб Жар Зим Кос Лаз Мор Сол Тих Черн Арх Борз Верх Груш Дрозд Ерм Заб Ижор Кал Лугов "
                "Мед Нест Онуф "
                "Пест Ряб Сухар Теплов Уш Фил Хват Цып Шаб Щук Юд Ясн Брюх Гост Кремн"
            ),
            "_ _ ан ен ин ов уш ос ал ат ор ух ел",
            (
                "анов|анова енко ев|ева ин|ина ко ов|ова ович чук ак енков|енкова ун ей ский|ская яков|якова "
                "ышев|ышева ятин|ятина ухин|ухина ицын|ицына"
            ),
        ),
        "grad sk ovo ino ets noye",
        ("Бор Влад Рад Свят Яр Мил Брат Гор Люб", "и о", "слав|слава мир|мира бор|бора"),
        patronymics="Андреевич|Андреевна Борисович|Борисовна Викторович|Викторовна Денисович|Денисовна "
        "Игоревич|Игоревна Максимович|Максимовна Олегович|Олеговна Романович|Романовна Степанович|Степановна "
        "Фёдорович|Фёдоровна",
        respellings="kh>h ya>ia yu>iu zh>j y>i shch>sch",
        epithets="Borodach Sedoy Kosoy Ryzhiy",
        two_forenames_share=0.0,
    ),
    Language(
        "UKR",
        "UA",
        "Богдана Віра Ганна Дарина Зоряна Ірина Лариса Марічка Наталя Оксана Соломія Уляна",
        "Андрій Богдан Василь Григорій Данило Захар Ігор Лесь Микола Остап Тарас Юрій",
        (
            (
                "Баг Борщ Вас Гай Дзюб Єфр Жур Зах Кан Карп Лис Макс Нечип Ост Павл Руд Савч Тимош Усат Федор Хвил "
                "Цимб Чуб Шевч "
                "Яр Гон Кулин Мар"
            ),
            "_ _ ар ен ін ол ун ат ос ич",
            "енко ук чук ський|ська ак ишин ко ець юк яшенко обуденко олюк ан",
        ),
        "iv ka tsi ivka",
        patronymics="Андрійович|Андріївна Богданович|Богданівна Васильович|Василівна Іванович|Іванівна "
        "Миколайович|Миколаївна Тарасович|Тарасівна",
        respellings="iy>y ya>ia yu>iu",
        two_forenames_share=0.0,
    ),
    Language(
        "GRE",
        "GR CY",
        "Άννα Βασιλική Δέσποινα Ελένη Ζωή Ιωάννα Κατερίνα Λήδα Μαρία Νίκη Σοφία Χριστίνα",
        "Αλέξης Βασίλης Γιάννης Δημήτρης Θανάσης Κώστας Λευτέρης Μάνος Νίκος Πέτρος Σπύρος Φώτης",
        (
            (
                "Αντων Βλαχ Γεωργ Δαμ Καλ Λαμπρ Μαυρ Νικ Παπ Σταμ Τσακ Χατζ Αγγελ Βουλ Γαλ Δρακ Ζαφ Θεοδ Κοντ Λιβ "
                "Μαντ Ξανθ Ορφ "
                "Περδ Ρουσ Σκαρ Τριαντ Φωτ Ψαρ"
            ),
            "_ _ αν ελ ιν ολ ουρ ατ ακ αρ ομ",
            (
                "άκης|άκη όπουλος|οπούλου ίδης|ίδου άτος|άτου έλης|έλη ίνος|ίνου ούδης|ούδη άς|ά ιάδης|ιάδου "
                "ανός|ανού αίος|αίου "
                "ώτης|ώτη"
            ),
        ),
        "oupoli ia os aia ies onas",
        ("Αρ Δημ Ευ Θεο Ιπ Κλε Νικ Ξεν Περ", "ι ο α", "στος|στία κλής|κλεια φάνης|φανή μένης|μένη"),
        respellings="ch>h oy>ou gg>ng b>v",
        epithets="o+Psilos o+Kontos",
    ),
    Language(
        "TUR",
        "TR AZ TM",
        "Ayşe Betül Canan Derya Elif Feride Gülsüm Hatice İpek Jale Leyla Nurcan Özlem Şule Zeynep",
        "Ahmet Burak Cem Deniz Emre Ferhat Gökhan Hakan İlker Kaan Murat Orhan Serkan Tolga Yusuf",
        (
            (
                "Ak Bay Çel Dem Erd Gök Kar Koç Öz Sar Taş Yıl Alt Boz Cev Doğ Ege Gün Işık Kıl Mer Onur Pek Sez "
                "Tez Uz Yaz Baş "
                "Çak Ekin Kor Tur"
            ),
            "_ _ al an ar ay ba da el en il ir kan or ul ün",
            "demir oğlu can kaya taş han türk baş soy er gil çı man bulut doğan turan alp yurt sever",
        ),
        "köy hisar pınar kale",
        ("Ay Can Er Gül İl Nur Öz Şen Tan", "_ du bi se", "han|gül kan|nur tay|ser soy|su"),
        respellings="ş>s ç>c ğ>g ı>i ö>o ü>u",
    ),
    Language(
        "KAZ",
        "KZ KG UZ TJ MN",
        "Айгүл Ботагөз Гүлнар Динара Жанар Зәуре Камила Лаура Мадина Салтанат",
        "Арман Болат Дәурен Ерлан Жандос Қанат Мұрат Нұрлан Самат Тимур",
        (
            "Абен Байж Дос Есен Жак Кал Мам Нур Омар Рах Сат Тул Уте Хас Шай Ахм Бек Ибр Кен Мус Сап",
            "_ _ бе та жа ма ли ра му ке",
            "ов|ова ев|ева баев|баева беков|бекова анов|анова улы|кызы газин|газина таев|таева ханов|ханова",
        ),
        "tau kol abad kent",
        ("Ай Бек Ер Жан Нур Сер Тем", "_ ба да", "бек|гүл жан|жан бол|нур хан|сұлу"),
        respellings="zh>j kh>h y>i",
    ),
    Language(
        "GEO",
        "GE",
        "ანა ბელა დალი ეკა ლია მაკა ნანა რუსუდან თამარ ქეთევან",
        "ავთანდილ ბადრი გია დათო ვახტანგ ზურაბ ირაკლი ლევან ნოდარ შოთა",
        (
            "აბ ბერ გელ დავ ელ ზარ თოდ ივან კაპ ლომ მაჭ ნიკ ოქ პაპ ჟღ რევ სან ტაბ ხვ ჩიქ ცინ წერ",
            "_ _ ანა ელა იკა ორა უნა ავა იტა",
            "შვილი ძე ია უა ური ანი იანი ავა",
        ),
        "isi eti auri",
        respellings="dz>z kh>h",
    ),
    Language(
        "ARM",
        "AM",
        "Անահիտ Գայանե Լուսինե Մարիամ Նարինե Շուշան Սոնա Տաթև",
        "Արամ Գագիկ Դավիթ Հայկ Կարեն Նարեկ Սուրեն Տիգրան",
        (
            "Աբր Բաղ Գալ Դավ Եղ Զաք Թում Իսր Խաչ Կար Հակ Ղազ Ման Նազ Շահ Պետ Սար Տեր Փիլ",
            "_ _ ատ արդ ին ոս եր ան ակ ում",
            "յան ունի ենց ոյան ազյան իկյան ույան",
        ),
        "van avan ashen",
        respellings="kh>h dz>tz",
    ),
)
