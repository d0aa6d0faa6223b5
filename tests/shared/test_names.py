"""Names are compared in any script, order and spelling, and other names are not one."""

from string import ascii_lowercase
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.names import fold, is_one_letter, match_names, query_terms, record_terms
from shared.names.alignment import pairs_of
from shared.names.scripts import LONGEST_WORD
from shared.names.terms import LONGEST_TERM, stored_terms
from shared.names.words import MAX_PARTS, name_of


def test_an_equal_name_scores_highest_and_the_match_is_explained() -> None:
    """A typo and additional names lower the score; the explanation shows both spellings."""
    exact, typo = match_names("Jean Dupont", ["Le Grand", "Dupont, Jean"]), match_names("Jean Dupond", ["Dupont Jean"])
    longer = match_names("Jean Dupond", ["Jean-Marie Dupont"])
    assert exact == (1.0, "name: Jean, Dupont", "Dupont, Jean")
    assert typo is not None
    assert longer is not None
    assert longer.score < typo.score < 1.0
    assert typo.text == "name: Jean, Dupond ~ Dupont"
    assert match_names("", ["Jean"]) is None


SPELLINGS = (
    ("Jean-Marie Dupont", "Dupont Jean"),
    ("Wiktor Malinine", "Виктор Сергеевич Малинин"),
    ("Viktor Malinin", "فيكتور مالينين"),
    ("Viktor Malinin", "ויקטור מלינין"),
    ("Viktor Malinin", "ヴィクトル・マリニン"),
    ("Viktor Malinin", "빅토르 말리닌"),
    ("Viktor Malinin", "Βίκτορ Μαλίνιν"),
    ("Viktor Malinin", "विक्टर मालिनिन"),
    ("Li Mingzhe", "李明哲"),
    ("Kim Min-jun", "김민준"),
    ("やまだ たろう", "Taro Yamada"),
    ("Abdulrahman al-Tamimi", "عبد الرحمن التميمي"),
    ("Abd al-Rahman Hassan", "Abdurrahman Hasan"),
    ("Mohd Ali", "Muhammad Ali"),
    ("Bill Harrow", "William James Harrow"),
    ("Petya Ivanov", "Пётр Иванов"),
    ("J. F. Hallam", "John Frederick Hallam"),
    ("Jean Vanlaeren", "Jean-Luc van Laeren"),
    ("Maria Delacruz", "De la Cruz, María"),
    ("Konrad Schwarznfelder", "Konrad Schwarzenfeldr"),
    ("Siemens AG", "Siemens Aktiengesellschaft"),
    ("Gazprom OOO", "Общество с ограниченной ответственностью Газпром"),
    ("Prof. Dr. Anna Weiß", "Weiss, Anna"),
    ("Rida Shajarani", "رضا شجراني"),
    ("Reza Shajarani", "رضا شجراني"),
    ("Majed al-Jubouri", "ماجد الجبوري"),
    ("Nasser Alotaibi", "ناصر العتيبي"),
    ("Fatima Zohra Haddad", "فاطمة الزهراء حداد"),
    ("Noureddine Haddad", "نور الدين حداد"),
    ("Kiumars Valizadeh", "کیومرث ولی\u200cزاده"),
    ("Rachel Mizrahi", "רחל מזרחי"),
    ("Evangelos Labrakis", "Ευάγγελος Λαμπράκης"),
    ("Angelos Avgerinos", "Άγγελος Αυγερινός"),
    ("Ouyang Fenglin", "歐陽鋒林"),
    ("Hsieh Hsiao-feng", "谢晓峰"),
    ("Kwok Ming", "Guo Ming"),
    ("Cheung Wei", "张伟"),
    ("Chiang Ching-lin", "Jiang Qing Lin"),
    ("Youcef Khelifi", "Yusuf Khalifi"),
    ("Gamal Dakkak", "Jamal Daqqaq"),
    ("Oleksii Hrytsenko", "Алексей Гриценко"),
    ("Alexander Zhirkov", "Aleksandr Jirkov"),
    ("Nguyễn Đình Phúc", "Nguyen Dinh Phuc"),
    ("Sasha Belenkov", "Alexander Belenkov"),
    ("Toni Huber", "Anton Huber"),
    ("D. J. Trumbull", "Donald James Trumbull"),
    ("Maria E. Rojo Fuentes", "Maria Elena Rojo Fuentes"),
    ("Koen Vanderbeek", "van der Beek, Koen"),
    ("Patrick O'Hanlon", "Patrick O Hanlon"),
    ("Omar Benyahia", "Omar Bin Yahya"),
    ("Ambrosio Valencia", "Ambrosio Vaencia"),
    ("Henrik Solberg", "Henrik Slobegr"),
    ("Konrad Brandauer", "Konrad Brndaeur"),
)
STRANGERS = (
    ("John Joan", "John Smith"),
    ("丁莹", "丁晓莹"),
    ("Karim Haddad", "Karim"),
    ("Ivan Petrovich Sidorov", "Ivan Pavlovich Sidorov"),
    ("John A. Smith", "John B. Smith"),
    ("Amir Abdullah", "מאיר לוי"),
    ("Ri Su Yong", "이서연"),
    ("Jean", "Dupont"),
    ("Viktor Sokolov", "Viktor Sobolev"),
    ("Samir Haddad", "Amir Haddad"),
    ("Hassan Panahi", "حسين پناهی"),
    ("Chen Hao", "Cheng Hao"),
    ("Zhu Wei", "Zhou Wei"),
    ("Simon Clarke", "Simone Clarke"),
    ("Emil Novak", "Emilia Novak"),
    ("Marc Dubois", "Marc Dupuis"),
    ("Olivier Olivier", "Frithjof Olivier"),
    ("Ivanenko A.B.", "Viktor Petrovich Ivanenko"),
    ("Petrenko S.A.", "Viktor Ivanovich Petrenko"),
    ("Nguyen Van Lan", "Nguyen Thi Lan"),
    ("Juan Pablo Ortiz Vega", "Juan Pablo Ortiz Luna"),
    ("Maria E. Rojo", "Maria Luisa Rojo"),
)

FOUND_ONE_WAY = (("Kuo Ching-lin", "Guo Qinglin"),)


@pytest.mark.parametrize(("query", "name"), SPELLINGS)
def test_a_name_is_met_across_spellings_and_scripts(query: str, name: str) -> None:
    """Either may be the search, and the terms of both overlap."""
    for asked, stored in ((query, name), (name, query)):
        assert match_names(asked, [stored])
        assert query_terms(asked) & record_terms([stored])


@pytest.mark.parametrize(("query", "name"), FOUND_ONE_WAY)
def test_syllables_of_another_romanization_meet_one_word(query: str, name: str) -> None:
    """As Wade-Giles writes them apart, and Pinyin together."""
    assert match_names(query, [name])
    assert query_terms(query) & record_terms([name])


@pytest.mark.parametrize(("query", "name"), STRANGERS)
def test_names_that_share_a_part_are_not_one(query: str, name: str) -> None:
    assert match_names(query, [name]) is None


words = st.text(ascii_lowercase, min_size=5, max_size=12).filter(lambda word: len(set(word)) > 2)


@st.composite
def one_edit_apart(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a word and the same with a letter inserted, deleted or replaced, or two swapped."""
    word = draw(words)
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(ascii_lowercase))
    edited = draw(
        st.sampled_from(
            [
                word[:at] + letter + word[at:],
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            ]
        )
    )
    return word, edited


WORDS = """
Jean Jaen J. J Jeanmarie Marie Dupont Dupond van Vandamme Damme al Abdul Rahman Abdulrahman Abdel Bill William Wiliam
Vladimir Wladimir Владимир فلاديمير محمد Mohammed Muhamad Mohd 近平 习 Jinping Xi Ping Jin 김 정은 Kim Jong Un Jongun
Schwarzenegger Schwarzneger Dr. GmbH Ltd de la Cruz Delacruz Lacruz プーチン Putin
van der Beek Vanderbeek O Hanlon O'Hanlon D D'Angelo Angelo Ben Bin Bel Yahya Benyahia Belyahia Abu Bou Azza Bouazza
Nour Eddine Noureddine نور الدين رضا Reza Rida جمال Gamal Jamal ماجد Majed رחל Rachel Rahel
Youcef Yusuf العتيبي Alotaibi Otaibi
歐陽 欧阳 鋒 Ouyang Ou Yang Feng Hsiao Xiao Ching Qing Jing Kuo Guo Guojing Chang Zhang Cheung 張 Kwok
Solberg Slobegr Valencia Vaencia A.B.
"""
TOKENS = "محمد بوتين פוטין プチン 푸틴 김 은 近 平 putin kim jinping eun un william bil"
token = st.text(ascii_lowercase, min_size=1, max_size=12) | st.sampled_from(TOKENS.split())
part = st.sampled_from(WORDS.split())
full_name = st.lists(part, min_size=1, max_size=6).map(" ".join)


@given(full_name, st.lists(full_name, min_size=1, max_size=3))
def test_a_search_shares_a_term_with_each_record_that_it_matches(query: str, names: list[str]) -> None:
    """A saved search is notified of whatever the search finds."""
    if match_names(query, names):
        assert query_terms(query) & record_terms(names)


@given(full_name)
def test_each_stored_word_meets_one_word_of_a_search_at_most(name: str) -> None:
    """So a name does not meet the same word written twice."""
    asked, stored = name_of(f"{name} {name}"), name_of(name)
    met = [place for pair in pairs_of(asked, stored, 1) for place in pair.stored]
    assert len(met) == len(set(met))


@given(st.text(max_size=300))
def test_the_work_for_any_name_is_bounded(text: str) -> None:
    """Few words, and terms that fit into the columns of the index."""
    words = name_of(text).words
    assert len(words) <= MAX_PARTS
    assert all(len(word.token) <= LONGEST_WORD for word in words)
    assert all(len(term) <= LONGEST_TERM for word in words for term in stored_terms(word.token))
    assert all(len(term) <= LONGEST_TERM for term in query_terms(text))


@pytest.mark.parametrize("repeated", ["a", "x", "a.", "ch", "abd", "ab ", "’", "-", "a-", "محم", "习", "é"])
def test_hostile_names_take_no_longer_than_others(repeated: str) -> None:
    """No rule of spelling repeats a repetition."""
    hostile, begun = repeated * 5_000, perf_counter()
    match_names(hostile, [hostile, hostile[::-1]])
    assert perf_counter() - begun < 2


@given(st.text(max_size=60))
def test_any_text_folds_to_lower_case_ascii_words(text: str) -> None:
    """Folding them again changes nothing."""
    tokens = fold(text)
    assert all(token.isascii() and token.isalnum() and token == token.lower() for token in tokens)
    assert fold(" ".join(tokens)) == tokens


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), max_size=40))
def test_folding_does_not_depend_on_word_order(text: str) -> None:
    assert sorted(fold(" ".join(reversed(text.split())))) == sorted(fold(text))


@pytest.mark.parametrize(("name", "single"), [("J", True), ("J.", True), ("Я", True), ("李", False), ("7", False)])
def test_a_single_letter_is_no_name_unless_it_is_a_syllable(name: str, single: bool) -> None:
    assert is_one_letter(name) is single
