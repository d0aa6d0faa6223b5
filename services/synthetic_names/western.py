"""The names of languages of western, northern and southern Europe, which are spoken on other continents as well."""

from typing import Final

from services.synthetic_names.languages import Language

WESTERN: Final = (
    Language(
        "FRE",
        "FR BE MC LU BF BJ CD CF CG CI CM DJ GA GN HT MG ML NE SN TD TG",
        "Amélie Béatrice Chloé Édith Florence Hélène Inès Jeanne Léa Margot Océane Solène Manon Aurore Delphine",
        "Adrien Baptiste Cédric Étienne François Gaël Hugo Jérôme Léon Mathieu Noël Rémi Lucien Thibault Yannick",
        (
            (
                "Mar Bel Cour Dur Fon Gal Lam Mont Per Rou Tess Val Vern Chab Bris Croz Delb Esp Frem Goul Haut Jor "
                "Lav Mess "
                "Nouv Orl Pell Quin Ramb Sauv Tourn Vass Bergu Clam Dorm Fauc Gren Lorm Maub Tréb"
            ),
            "_ _ an er in on el eli ar ou ol ing ac oi im ant end igu eur al aub",
            (
                "ain ard aud eau ellier ier in ois ot aine ville elle ac ange euil oux iez ault ert and eron etier "
                "illat oubert"
            ),
        ),
        "-sur-Vaure bourg ville court -les-Bois mont",
        (
            "Am Bér Cél Dés Flor Gis Hel Is Jos Lor Mél Ol Rom Syl Val",
            "é i an el or in",
            "ien ard in|ine on|onne ette elle eau|ée",
        ),
        particles="de du Le La d' de+la",
        epithets="le+Grand le+Petit le+Boulanger la+Fouine",
        double_share=0.04,
    ),
    Language(
        "GER",
        "DE AT CH LI",
        "Anke Britta Clara Dörte Frieda Greta Heike Ilse Käthe Lena Marlies Ute Silke Birgit Jana",
        "Arne Bernd Detlef Emil Falk Günther Holger Jörg Karsten Lutz Rolf Sönke Uwe Volker Ralf",
        (
            (
                "Ahl Bach Eich Feld Grün Hart Kalt Lind Rot Stein Wald Weiß Brem Dorn Ebers Frohn Gras Hohl Isen "
                "Jung Kirch "
                "Lauter Mühl Nieder Ober Pfaff Quell Reut Schön Tann Ulm Vogt Wies Zieg Birk Drach"
            ),
            "_ _ en er els el ing in ach ens olds ert ich is ow an",
            (
                "mann er bauer hauser meier ner inger stedt hoff kamp brecht wein berg thal ling leitner acker "
                "müller hagen "
                "horst wald steiner reuter"
            ),
        ),
        "hausen dorf bach brück stedt felde",
        (
            "Adel Bern Diet Ger Hart Irm Lud Mein Rein Sieg Wal Wil",
            "_ ing er o el",
            "hard|gard mar|trud win|hild bert|berta",
        ),
        particles="von zu von+der",
        respellings="ü>ue ö>oe ä>ae ß>ss",
        epithets="der+Lange der+Bäcker Keule",
        double_share=0.05,
    ),
    Language(
        "DUT",
        "NL SR AW CW SX",
        "Anouk Bregje Carlijn Fenna Hanneke Ilse Jorien Lieke Marijke Nienke Roos Saskia Tineke Wilma",
        "Arjen Bram Dirk Floris Gijs Hendrik Jeroen Klaas Lodewijk Maarten Pieter Rutger Sjoerd Teun",
        (
            (
                "Aal Baar Dijk Eik Gaas Haar Kamp Lind Meer Noor Oost Paard Rijn Schout Teun Veld Wijn Zand Broek "
                "Craen Duin "
                "Frans Grind Heem Jans Kool Leeuw Moer"
            ),
            "_ _ en er e ens el in ing o el",
            "stra huis man ma hof berg aar kamp veld dijk sma horst mans ink beek voort laar waard hoven",
        ),
        "dam veen drecht wijk huizen",
        ("Al Ber Cor Die Ger Hen Jo Lam Mar Wil", "_ d ri n", "bert|berta rik|rika mer|mina ko|ke nand|nanda"),
        particles="van de van+der van+den ter",
        epithets="de+Lange de+Kleine Kees",
    ),
    Language(
        "ENG",
        "GB US CA AU NZ IE AG BB BS BZ DM FJ FM GD GY JM KI KN LC MH NR PG PW SB TO TT VC VU WS MU SC LR SL GM GH",
        "Abigail Beth Claire Daisy Eleanor Fiona Grace Hazel Ivy Joan Kate Megan Nora Paula Tess",
        "Alan Barry Colin Derek Edwin Frank Graham Harvey Ian Keith Neil Owen Perry Stuart Trevor",
        (
            (
                "Ash Black Brad Clay Hather Hol Mar Nor Red Stan Thorn Whit Brack Cole Dunn Elm Farn Glen Hunt "
                "Ingle Kirk Lang "
                "Mill Nether Oak Penn Quarr Roth Sher Tarr Under Wake Yard Byr Crof Dray Fenn Grim Has Lyd"
            ),
            "_ _ er ing en el es is on le an ow al ers ham",
            (
                "bourne by combe don field ford gate ley more ton well wick worth stead cott shaw thwaite wright "
                "sby land low man"
            ),
        ),
        "bridge ford ham port ton wick",
        ("Al Bren Cal Del El Gar Har Ken Lor Mar Nor Ros Tren Wes", "_ d v l ri", "an|a ton|een ric|ice ley son|is"),
        epithets="the+Baker the+Fox Shorty Doc Junior Red",
        double_share=0.03,
    ),
    Language(
        "SPA",
        "ES AD AR BO CL CO CR CU DO EC GQ GT HN MX NI PA PE PY SV UY VE",
        "Alba Begoña Consuelo Elvira Inés Lucía Marisol Nuria Pilar Rocío Soledad Ximena Paloma Jimena Araceli",
        "Adrián Benito César Darío Emilio Fermín Héctor Íñigo Joaquín Mateo Raúl Tomás Ramiro Gonzalo Efraín",
        (
            (
                "Alc Barr Calv Domin Est Fern Guill Lag Mart Pach Quint Sal Arr Bern Carb Del Esc Fig Gall Herr Iñ "
                "Jar Lar Men "
                "Nav Ord Pal Rev Sev Torr Urr Vill Zam Bur Cor Mold Otal Per"
            ),
            "_ _ al ar an er in or ed oc ol agu ent ib isc and un im",
            (
                "ares edo eja era erez iga illo ino oya uera ondo ano ales anes iel uño osa ate aldo estre ango "
                "urri ostia ega"
            ),
        ),
        "alba illa ejo osa adero edo",
        ("Adel Bel Cris El Fel Gra Ler Mar Nic Ov Ram Sil Val", "i and an or ic in", "o|a io|ia ano|ana ito|ita"),
        particles="de de+la del de+los",
        epithets="el+Chato el+Flaco el+Gordo la+Güera el+Zurdo",
        double_share=0.85,
        two_forenames_share=0.45,
    ),
    Language(
        "POR",
        "PT BR AO CV GW MZ ST TL",
        "Adriana Beatriz Cecília Débora Fernanda Graça Inês Joana Lídia Mônica Raquel Tânia Rosângela Luana",
        "Álvaro Bento Caio Duarte Estêvão Fábio Gonçalo Heitor João Luís Otávio Vítor Wagner Renan",
        (
            (
                "Alm Barb Carv Figu Gam Mag Nog Per Quint Sant Tav Vasc Ab Bord Cam Dour Esp Ferr Guim Lam Mour "
                "Nasc Oliv Peix "
                "Rab Serr Teix Vent Xav Zan Corr Fout Mesq Par Sob"
            ),
            "_ _ al ar an er ei in or ed ent ac ir ond alh",
            "alho eira eiro osa oso ares eda eido ães inho ão onde ais aldo eles ura aça encio ida onça ino",
        ),
        "ópolis inho eira ânia edo alva",
        ("Ad El Fl Ger Jan Lu Mar Ros Sil Val Wel", "i and en or el", "ino|ina son|ane ton|ene ário|ária"),
        particles="da de dos do",
        epithets="o+Magro o+Careca Zeca a+Loira",
        double_share=0.7,
        two_forenames_share=0.35,
    ),
    Language(
        "ITA",
        "IT SM VA MT",
        "Agnese Bianca Cosima Donata Elisa Fiorella Ginevra Ilaria Luisa Noemi Ornella Rosa Chiara Serena",
        "Aldo Bruno Carlo Dario Ennio Fabio Gino Ivo Luca Nino Piero Ugo Salvatore Rocco",
        (
            (
                "Bal Cast Dell Ferr Gall Lamb Mont Pell Ross Salv Tron Vent Bran Camp Don Fior Gran Iann Lav Mar "
                "Nov Orl Pas "
                "Quar Rav Spad Tass Vall Zam Bon Cors Man Per Scar"
            ),
            "_ _ al an ar ell er in or ett ol ac igl av iz ur",
            (
                "acci aldi elli ani eri esi etti ini oni otti ucci ano arelli assi ato iello ina olo onte uzzi illi "
                "aro ella isi"
            ),
        ),
        "anova ara asco ello etta onte",
        ("Ad Bon Cl Er Fl Gr Lor Mar Nic Or Rom Val", "an el in or av", "o|a ino|ina io|ia ello|ella"),
        particles="Di De Lo D'",
        epithets="il+Lungo u+Curtu il+Biondo",
    ),
    Language(
        "SWE",
        "SE NO DK IS",
        "Agneta Birgitta Ebba Gunilla Ingrid Kerstin Linnéa Maj Sigrid Solveig Tuva Ylva Åsa Frida",
        "Anders Bjarne Egil Folke Gunnar Håkan Ivar Kjell Lennart Mats Njord Oddvar Sture Tor",
        (
            (
                "Al Berg Dal Ek Fors Gran Hag Kvist Lind Mo Norr Ost Ros Sand Tall Udd Vik Åker Bjur Fjell Gren "
                "Hell Klint Lång "
                "Myr Nord Rud Skog Sten Trä Ulv Varg"
            ),
            "_ _ er en s e el in ing o ar um",
            "qvist gren ström sten lund dahl holm berg mark blad löf stad vall sson stedt heim rud bø haug slett fors",
        ),
        "köping stad sund by vik",
        (
            "As Ber Dag Ein Frid Gud Hal Ing Ragn Sig Tor Ulf Yng",
            "_ e o",
            "vald|borg mund|hild ar|a rik|rid stein|laug",
        ),
        respellings="å>aa ö>oe ä>ae ø>oe",
    ),
    Language(
        "FIN",
        "FI EE",
        "Aino Eeva Helmi Irja Kaisa Leena Marjatta Outi Päivi Riitta Sanna Tuula Virpi Kertu",
        "Antti Eero Heikki Ilmari Jukka Kalevi Lauri Mikko Olli Pekka Risto Seppo Tapio Veikko",
        (
            (
                "Aal Hal Iso Jär Kal Kos Lah Lep Mäk Nis Paa Pel Ran Sal Suo Tam Tuo Vir Hei Kar Kui Lai Met Nie "
                "Oja Pih Rau Sii "
                "Tei Uus Vai Yli"
            ),
            "_ _ la ki mi ko ta va tu lo so ri hu",
            "nen lainen mäki niemi ranta salo koski järvi pelto lahti vuori kangas tonen kainen oja saari",
        ),
        "mäki niemi järvi salo",
        ("Ah Ei Hel Il Kau Lem Mai Oi Rai Sai Tai Vei", "_ l n m", "mo|ja ko|vi nari|mi sto|sa"),
    ),
)
