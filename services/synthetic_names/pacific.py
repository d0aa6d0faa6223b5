"""The names of languages of East and South-East Asia."""

from typing import Final

from services.synthetic_names.languages import Language

_GIVEN: Final = (
    "安 柏 宝 斌 波 博 才 彩 昌 超 辰 成 春 翠 达 丹 德 迪 东 恩 帆 芳 飞 菲 枫 福 刚 歌 "
    "光 贵 桂 国 海 涵 翰 浩 和 恒 宏 虹 华 欢 辉 慧 佳 嘉 坚 建 健 江 杰 洁 锦 进 晶 景 "
    "静 娟 军 俊 凯 康 可 兰 磊 蕾 立 丽 莲 良 亮 玲 龙 露 美 萌 敏 明 铭 娜 楠 宁 培 鹏 "
    "萍 奇 琪 强 巧 琴 青 清 庆 秋 泉 群 然 仁 荣 蓉 如 瑞 润 若 珊 善 尚 思 松 素 涛 天 "
    "婷 彤 薇 文 武 希 晓 欣 新 鑫 秀 旭 雪 雅 妍 阳 瑶 叶 义 艺 毅 英 莹 永 勇 友 玉 元 "
    "月 云 泽 展 珍 振 正 志 智 忠 洲 卓 子 紫 祖"
)

PACIFIC: Final = (
    Language(
        "CHI",
        "CN SG",
        "丽华 春梅 桂芳 海燕 秀兰 雪莲",
        "志强 建国 文斌 海涛 国平 立新",
        (
            (
                "王 陈 林 赵 黄 周 吴 徐 孙 胡 朱 高 郭 何 罗 "
                "梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 苏 卢 蒋 蔡 "
                "贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 "
                "姜 范 方 石 姚 谭 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 "
                "孟 龙 万 段 雷 钱 汤 尹 黎 易 常 武 乔 贺 赖 "
                "龚 文 庞 樊 兰 殷 施 陶 洪 翟 安 颜 倪 严 牛 温 芦 季 俞 章 鲁 葛 伍 韦 "
                "申 尤 毕 聂 丛 焦 向 柳 邢 路 岳 齐 沿 梅 莫 "
                "庄 辛 管 祝 左 涂 谷 祁 时 舒 耿 牟 卜 詹 关 苗 凌 费 纪 靳 盛 童 欧阳 "
                "上官 司马 诸葛 皇甫 慕容 东方 令狐 宇文 长孙"
            ),
        ),
        "zhou shan jiang kou yang cheng",
        (_GIVEN, f"{'_ ' * 25}{_GIVEN}"),
        respellings="zh>ch x>hs q>ch",
        two_forenames_share=0.0,
        surname_first=True,
        joint="",
    ),
    Language(
        "KOR",
        "KR",
        "",
        "",
        (
            (
                "Kim/김 Lee/이 Park/박 Choi/최 Jung/정 Kang/강 "
                "Cho/조 Yoon/윤 Jang/장 Lim/임 Han/한 Oh/오 Seo/서 Shin/신 Kwon/권 "
                "Hwang/황 Ahn/안 Song/송 Ryu/류 Hong/홍 Jeon/전 "
                "Ko/고 Moon/문 Son/손 Yang/양 Bae/배 Baek/백 Heo/허 Nam/남 Shim/심 "
                "Noh/노 Ha/하 Kwak/곽 Sung/성 Cha/차 Joo/주 "
                "Woo/우 Na/나 Min/민 Jin/진 Ji/지 Um/엄 Chae/채 Won/원 Cheon/천 Bang/방 "
                "Gong/공 Hyun/현 Ham/함 Byun/변 Yeom/염 Chu/추 "
                "Do/도 So/소 Seok/석 Seon/선 Ma/마 Gil/길 Pyo/표 Myung/명 Ki/기 Wang/왕"
            ),
        ),
        "san ju cheon hae po",
        (
            (
                "가 강 경 규 근 기 길 나 남 다 대 도 동 두 려 "
                "리 만 명 무 미 민 바 병 보 봉 사 상 서 석 선 설 성 세 소 수 순 슬 승 시 "
                "신 아 안 여 연 영 예 옥 완 용 우 원 유 윤 은 "
                "의 인 일 재 정 제 종 주 준 중 지 진 찬 창 채 천 철 초 춘 태 하 학 한 해 "
                "향 현 형 혜 호 홍 화 환 효 훈 희"
            ),
            (
                "강 건 경 곤 관 구 국 권 규 근 기 길 나 남 덕 "
                "돈 동 라 란 람 래 련 록 룡 린 림 만 명 모 목 미 민 배 범 봉 비 빈 상 석 "
                "선 섭 솔 수 숙 식 신 실 아 안 애 연 열 엽 영 "
                "옥 온 용 우 욱 웅 원 월 윤 은 을 인 일 임 자 정 주 준 지 진 찬 창 천 철 "
                "춘 택 표 필 하 한 해 혁 현 형 호 홍 환 후 훈 휘 희"
            ),
        ),
        respellings="eo>u j>ch g>k b>p ae>ay",
        two_forenames_share=0.0,
        surname_first=True,
        joint="",
    ),
    Language(
        "JPN",
        "JP",
        "Akiko/明子 Emi/恵美 Kaori/香織 Sakura/桜 Chiyo/千代 Naomi/直美 Haruka/遥 Mariko/真理子 Yui/結衣 Reiko/玲子",
        "Akira/明 Kenji/健二 Kouta/浩太 Satoshi/聡 Takashi/隆 Tsuyoshi/剛 Noboru/昇 Hiroshi/博 Masaru/勝 Yuuta/勇太",
        (
            (
                "Ao/青 Ishi/石 Ue/上 Oka/岡 Kawa/川 Kita/北 "
                "Kuro/黒 Saka/坂 Shiro/白 Taka/高 Naka/中 Fuji/藤 Matsu/松 Minami/南 "
                "Yama/山 Asa/浅 Aki/秋 Ike/池 Ima/今 Iwa/岩 "
                "Uchi/内 Umi/海 Ei/榎 Oo/大 Ogi/荻 Kaji/梶 Kame/亀 Kuri/栗 Koma/駒 "
                "Sawa/沢 Shiba/芝 Sugi/杉 Suzu/鈴 Take/竹 "
                "Tsuru/鶴 Toku/徳 Nishi/西 Nuno/布 Hana/花 Hiro/広 Hoshi/星 Miya/宮 Mori/森"
            ),
            "_ _ o/小 no/野 ga/賀 hara/原 bata/畑 zawa/沢 se/瀬 kura/倉",
            (
                "da/田 moto/本 mura/村 no/野 saki/崎 tani/谷 "
                "hara/原 o/尾 kami/上 shita/下 gawa/川 mizu/水 zuka/塚 shima/島 hashi/橋 "
                "mine/峰 oka/岡 naga/永 kubo/久保 be/部 matsu/松 mori/森"
            ),
        ),
        "saki yama kawa mura hama shima",
        (
            (
                "Aki/秋 Asa/朝 Haru/春 Hide/秀 Kazu/和 Masa/正 "
                "Michi/道 Mizu/瑞 Nao/直 Nobu/信 Shige/茂 Taka/貴 Tomo/友 Yoshi/義"
            ),
            "hiko/彦|ko/子 ro/郎|mi/美 to/人|ka/香 o/夫|e/江 ki/樹|ho/穂 ya/也|na/奈 yuki/幸|yo/代",
        ),
        respellings="ou>o uu>u shi>si tsu>tu oo>o",
        two_forenames_share=0.0,
        surname_first=True,
    ),
    Language(
        "THA",
        "TH LA",
        "Anong/อนงค์ Chanida/ชนิดา Kanya/กัญญา Malee/มาลี Nittaya/นิตยา Pornthip/พรทิพย์ Ratana/รัตนา Siriporn/ศิริพร",
        "Anan/อนันต์ Chai/ชัย Kittisak/กิตติศักดิ์ Manop/มานพ Narong/ณรงค์ Prasit/ประสิทธิ์ Somchai/สมชาย Wichai/วิชัย",
        (
            (
                "Bun/บุญ Chai/ชัย Chan/จันทร์ Duang/ดวง Kaeo/แก้ว Kit/กิจ Lert/เลิศ Maha/มหา Nak/นาค Phan/พันธ์ "
                "Prasa/ประสา "
                "Rung/รุ่ง Sang/แสง Siri/ศิริ Suk/สุข Thong/ทอง Wong/วงศ์ Yot/ยอด"
            ),
            "_ a/า cha/ชา da/ดา ka/กา la/ลา na/นา ra/รา sa/สา tha/ทา wa/วา rat/รัตน์ sin/สิน",
            (
                "kul/กุล phong/พงษ์ siri/ศิริ suk/สุข thong/ทอง wat/วัฒน์ wong/วงศ์ chai/ชัย porn/พร sak/ศักดิ์ "
                "det/เดช nont/นนท์ "
                "kit/กิจ rat/รัตน์ phan/พันธุ์ yot/ยศ mongkol/มงคล"
            ),
        ),
        "buri thani nakhon kaeo",
        respellings="ph>p th>t kh>k ee>i",
        two_forenames_share=0.0,
        joint=" ",
    ),
    Language(
        "VIE",
        "VN",
        "Anh/Ánh Bich/Bích Dung/Dung Hanh/Hạnh Huong/Hương Lan/Lan Mai/Mai Nga/Nga Phuong/Phượng Thuy/Thủy "
        "Tuyet/Tuyết Yen/Yến",
        "Binh/Bình Cuong/Cường Dung/Dũng Hai/Hải Hung/Hùng Khanh/Khánh Long/Long Minh/Minh Nam/Nam Quang/Quang "
        "Son/Sơn Tuan/Tuấn",
        (
            (
                "Nguyen/Nguyễn Tran/Trần Le/Lê Pham/Phạm "
                "Hoang/Hoàng Phan/Phan Vu/Vũ Dang/Đặng Bui/Bùi Do/Đỗ Ho/Hồ Ngo/Ngô "
                "Duong/Dương Ly/Lý Dinh/Đinh Luong/Lương Trinh/Trịnh Mac/Mạc Ta/Tạ Quach/Quách Thach/Thạch "
                "Kieu/Kiều Tong/Tống "
                "Nghiem/Nghiêm Khuat/Khuất Vuong/Vương"
            ),
        ),
        "giang hoa phu thanh",
        (
            (
                "Van/Văn|Thi/Thị Duc/Đức|Ngoc/Ngọc Huu/Hữu|Thu/Thu Quoc/Quốc|Kim/Kim Xuan/Xuân Thanh/Thanh "
                "Cong/Công|Dieu/Diệu"
            ),
            "+",
            (
                "An/An Bach/Bách Chau/Châu Dat/Đạt Giang/Giang Hieu/Hiếu Hoa/Hoà Khoa/Khoa Lam/Lâm Loc/Lộc "
                "Nhan/Nhân Nhi/Nhi "
                "Phuc/Phúc Quyen/Quyên Sang/Sang Tai/Tài Tam/Tâm Thao/Thảo Thinh/Thịnh Trang/Trang Tri/Trí "
                "Trung/Trung Uyen/Uyên "
                "Vinh/Vinh Xuan/Xuân"
            ),
        ),
        two_forenames_share=0.0,
        surname_first=True,
    ),
    Language(
        "IND",
        "ID MY BN",
        "Ayu Dewi Endang Fitri Indah Kartika Lestari Ningsih Putri Ratna Sari Wulan Yuliana",
        "Agus Bambang Dedi Eko Gunawan Hendra Joko Kurnia Rudi Slamet Teguh Wahyu Yanto",
        (
            "Adi Bu Cah Da Har Ja Ka Kus Lak Mar Nu Pra Pur Rah Sa Se Su Su Ta Tri Wi Wir Yu Bas Gun Hadi",
            "_ di ja ka ma na no ra ri sa ta wi yo bu la",
            (
                "wan to yono yanto smito santi ningsih jaya kusuma nata putra|putri wati gita rta nto dinata "
                "lasmana sono rahayu mo"
            ),
        ),
        "rejo asri karta bumi",
        ("A Bu De E In Ka Ra Su Wi", "di ma na ri ta yu", "to|ti wan|wati no|ni"),
        respellings="u>oe j>dj y>j",
        single_share=0.35,
    ),
    Language(
        "FIL",
        "PH",
        "Aileen Corazon Divina Erlinda Imelda Jocelyn Ligaya Marites Rowena Teresita",
        "Arnel Bayani Crisanto Danilo Efren Jomar Lito Nestor Rodel Virgilio",
        (
            "Aban Bal Catac Dala Gat Ilag Laca Maca Mag Pang Pan Quia Sum Tala Tolen Vela Duma Lum Kali",
            "_ la ba ta nga li ra sa ma po",
            "san utan yan lang pay ngay bay guin gan uan tan dang sakan ogan",
        ),
        "ayan bato ilog anan",
        particles="Dela San",
        two_forenames_share=0.4,
    ),
    Language(
        "BUR",
        "MM KH",
        "Aye/အေး Khin/ခင် Mya/မြ Nilar/နီလာ Sandar/စန္ဒာ Thida/သီတာ",
        "Aung/အောင် Kyaw/ကျော် Myint/မြင့် Soe/စိုး Thant/သန့် Zaw/ဇော်",
        (
            (
                "Aung/အောင် Ba/ဘ Chit/ချစ် Hla/လှ Htun/ထွန်း Khin/ခင် Kyaw/ကျော် Lwin/လွင် Maung/မောင် Min/မင်း "
                "Myo/မျိုး Nay/နေ "
                "Phyo/ဖြိုး San/စန်း Tin/တင် Wai/ဝေ Yan/ရန် Zin/ဇင်"
            ),
            "+",
            (
                "Aung/အောင် Htet/ထက် Htwe/ထွေး Kyi/ကြည် Lin/လင်း Moe/မိုး Naing/နိုင် Oo/ဦး Paing/ပိုင် Swe/ဆွေ "
                "Thein/သိန်း Tun/ထွန်း "
                "Win/ဝင်း Zaw/ဇော်"
            ),
        ),
        "taw gyi lay myo",
        two_forenames_share=0.0,
        single_share=0.3,
    ),
)
