"""Names of people, organizations and departments: several scripts, right-to-left and combining marks too.

A culture is (share of people, given names, family names); a name is written as people write it, with a
Latin form after a slash where an e-mail address would use one.
"""

from typing import NamedTuple


class Name(NamedTuple):
    """A name as written, and its Latin letters for an e-mail address."""

    written: str
    latin: str


class Culture(NamedTuple):
    """Names that go together; `weight` in per cent of people."""

    weight: int
    given: tuple[Name, ...]
    family: tuple[Name, ...]


def _names(text: str) -> tuple[Name, ...]:
    pairs = (entry.strip().partition("/") for entry in text.split(","))
    return tuple(
        Name(written, (latin or written).lower().replace(" ", "").replace("'", "")) for written, _, latin in pairs
    )


CULTURES: tuple[Culture, ...] = (
    Culture(
        34,
        _names(
            "Ada, Grace, Sam, Tom, Maria, Robin, Dana, Chris, Alex, Kim, Jordan, Taylor, Morgan, Casey, Jamie, Avery,"
            "Olivia, Emma, Noah, Liam, Lucas, Mia, Ethan, Chloe, Ruth, Walter, Ivy, Hugo, Nora, Felix, Clara, Oscar"
        ),
        _names(
            "Smith, Jones, Taylor, Brown, Wilson, Evans, Walker, Wright, Robinson, Thompson, White, Hughes, Edwards,"
            "Green, Hall, Wood, Harris, Lewis, Martin, Jackson, Clarke, Turner, Hill, Cooper, Morris, Ward, Moore,"
            "O'Connor, O'Neill, McKenzie, Fitzgerald, Lovelace"
        ),
    ),
    Culture(
        12,
        _names("José/jose, María/maria, Íñigo/inigo, Lucía/lucia, Ángel/angel, Sofía/sofia, Nuño/nuno, Inés/ines, João/joao, Conceição/conceicao"),
        _names("García/garcia, Núñez/nunez, Peña/pena, Muñoz/munoz, Rodríguez/rodriguez, Díaz/diaz, Gonçalves/goncalves, Magalhães/magalhaes, Rivera, Ibáñez/ibanez"),
    ),
    Culture(
        10,
        _names("Jürgen/juergen, Zoë/zoe, Søren/soeren, Åsa/asa, Łukasz/lukasz, Małgorzata/malgorzata, Čedomir/cedomir, Żaneta/zaneta, Björn/bjoern, Ødger/oedger"),
        _names("Müller/mueller, Weiß/weiss, Ångström/angstroem, Kowalczyk, Wiśniewska/wisniewska, Dvořák/dvorak, Šimić/simic, Straße/strasse, Høgh/hoegh, van den Berg"),
    ),
    Culture(
        8,
        _names("李/li, 王/wang, 伟/wei, 芳/fang, 秀英/xiuying, 娜/na, 敏/min, 静/jing, 丽/li, 强/qiang"),
        _names("李/li, 王/wang, 张/zhang, 刘/liu, 陈/chen, 杨/yang, 黄/huang, 赵/zhao, 欧阳/ouyang, 司马/sima"),
    ),
    Culture(
        6,
        _names("さくら/sakura, 陽翔/haruto, 美咲/misaki, 健太/kenta, ひかり/hikari, 翔太/shota, 결/gyeol, 서연/seoyeon, 민준/minjun, 지우/jiwoo"),
        _names("佐藤/sato, 鈴木/suzuki, 高橋/takahashi, 渡辺/watanabe, 山本/yamamoto, 김/kim, 이/lee, 박/park, 최/choi, 정/jung"),
    ),
    Culture(
        8,
        _names("Анна/anna, Иван/ivan, Ольга/olga, Дмитрий/dmitry, Ярослава/yaroslava, Ґалаган/galagan, Юлія/yulia, Петър/petar, Ђорђе/djordje, Αθηνά/athina"),
        _names("Иванова/ivanova, Смирнов/smirnov, Шевченко/shevchenko, Ковальчук/kovalchuk, Петров/petrov, Јовановић/jovanovic, Щербак/shcherbak, Παπαδόπουλος/papadopoulos, Γεωργίου/georgiou, Ώριος/orios"),
    ),
    Culture(
        8,
        _names("محمد/mohammed, فاطمة/fatima, عائشة/aisha, يوسف/yusuf, ليلى/layla, נועה/noa, אברהם/avraham, תמר/tamar, پریسا/parisa, کیان/kian"),
        _names("العلي/alali, حسن/hassan, الخطيب/alkhatib, منصور/mansour, כהן/cohen, לוי/levi, מזרחי/mizrahi, حسینی/hosseini, رضایی/rezaei, شيرازي/shirazi"),
    ),
    Culture(
        7,
        _names("प्रिया/priya, अर्जुन/arjun, नेहा/neha, रोहित/rohit, தமிழ்/tamil, কৌশিক/koushik, สมชาย/somchai, ศิริพร/siriporn, अनन्या/ananya, గీత/geetha"),
        _names("शर्मा/sharma, वर्मा/verma, सिंह/singh, गुप्ता/gupta, அருணன்/arunan, চট্টোপাধ্যায়/chattopadhyay, ใจดี/jaidee, ศรีสุข/srisuk, नायर/nair, రెడ్డి/reddy"),
    ),
    Culture(
        5,
        _names("Nguyễn/nguyen, Thị/thi, Đức/duc, Hương/huong, Phương/phuong, Quỳnh/quynh, Anh, Tuấn/tuan, Linh, Bảo/bao"),
        _names("Trần/tran, Lê/le, Phạm/pham, Huỳnh/huynh, Võ/vo, Đặng/dang, Bùi/bui, Đỗ/do, Hồ/ho, Ngô/ngo"),
    ),
    # Marks that no precomposed letter holds: they stay combining in NFC.
    Culture(
        2,
        _names("Ọlá/ola, Adébọ̀wálé/adebowale, Ṣọlá/sola, Ẹ̀bùn/ebun, Kẹ́hìndé/kehinde, Táíwò/taiwo, J̌ovan/jovan, M̄āra/mara"),
        _names("Adéọ̀ṣun/adeosun, Ọbásanjọ́/obasanjo, Ògúnbanjọ/ogunbanjo, Akínṣànyà/akinsanya, Ṣóyínká/soyinka, Z̃urita/zurita"),
    ),
)  # fmt: skip

ORGANIZATIONS: tuple[tuple[str, str], ...] = (
    ("Acme Corp", "acme.example"),
    ("Northwind Traders", "northwind.example"),
    ("Contoso Labs", "contoso.example"),
    ("Müller & Söhne GmbH", "mueller-soehne.example"),
    ("株式会社さくら", "sakura.example"),
    ("Globex", "globex.example"),
    ("شركة النور", "alnoor.example"),
    ("Initech", "initech.example"),
    ("Soylent Nutrition", "soylent.example"),
    ("Hooli", "hooli.example"),
    ("Umbra Archive", "umbra.example"),
    ("Zenith Trust", "zenith.example"),
)
"""Name and mail domain; the last one is active and empty."""

SHARES = (602, 110, 80, 60, 45, 35, 25, 18, 12, 8, 5, 0)
"""Members of each organization, per mille of all people."""

DEPARTMENTS = (
    "Research", "Engineering", "Support", "Sales", "Marketing", "Finance", "Legal", "Operations", "Design",
    "Qualité", "研究開発", "المبيعات",
)  # fmt: skip

PLANS = ("team", "business", "enterprise", "")

COMPANIES = ("", "", "", "Acme", "ACME Corp.", "acme", "Freelance", "Müller KG", "Self-employed", "株式会社さくら")
