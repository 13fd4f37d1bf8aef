"""The people of the demo market: six who can sign in, and those around them."""

from dataclasses import dataclass

DEMO_PASSWORD = "shuangji666"  # noqa: S105 - printed at every start; these accounts guard nothing
MAIL_DOMAIN = "demo.laotie.example"


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """An account a visitor may sign in with."""

    email: str
    display_name: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo market; `key` is the part of their address before the @."""

    key: str
    display_name: str

    @property
    def email(self) -> str:
        """The address the account is opened with."""
        return f"{self.key}@{MAIL_DOMAIN}"


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """Where somebody lives."""

    region: str
    street: str
    postcode: str


LIN = DemoPerson("lin", "林晓")
MEI = DemoPerson("mei", "梅子")
TAN = DemoPerson("tan", "谭志远")
BO = DemoPerson("bo", "阿博")
GUO = DemoPerson("guo", "郭敏")
SHEN = DemoPerson("shen", "沈岚")

DEMO_LOGINS = (
    DemoLogin(LIN.email, LIN.display_name, "buyer"),
    DemoLogin(MEI.email, MEI.display_name, "creator"),
    DemoLogin(TAN.email, TAN.display_name, "merchant"),
    DemoLogin(BO.email, BO.display_name, "Tan's staff"),
    DemoLogin(GUO.email, GUO.display_name, "another buyer"),
    DemoLogin(SHEN.email, SHEN.display_name, "operator"),
)

CHEN = DemoPerson("chen", "小陈测评")
QIAO = DemoPerson("qiao", "乔姐的厨房")
CREATORS = (MEI, CHEN, QIAO)

BOSS = DemoPerson("qian", "钱亮")
AGENCY_NAME = "星禾文化"
AGENCY_SHARE_BP = 2_000
LEADER = DemoPerson("zhou", "团长老周")

OWNERS = {
    "guanshan": TAN,
    "zhili": DemoPerson("xu", "许织云"),
    "ciyan": DemoPerson("tao", "陶然"),
    "guoran": DemoPerson("sun", "孙果"),
    "haowu": DemoPerson("lou", "楼海"),
}
STAFF = {
    "guanshan": BO,
    "zhili": DemoPerson("ding", "丁香"),
    "ciyan": DemoPerson("jing", "景行"),
    "guoran": DemoPerson("yu", "于小满"),
    "haowu": DemoPerson("wu", "吴一鸣"),
}
# The shops' own accounts: the official one speaks for the shop, a matrix account sells beside it.
OFFICIAL = {key: DemoPerson(f"official-{key}", name) for key, name in (
    ("guanshan", "观山茶舍官方号"),
    ("zhili", "织里坊官方号"),
    ("ciyan", "瓷言官方号"),
    ("guoran", "果然鲜官方号"),
    ("haowu", "义乌好物社官方号"),
)}  # fmt: skip
MATRIX = {
    "guanshan": DemoPerson("matrix-guanshan", "观山茶舍·茶园直播"),
    "guoran": DemoPerson("matrix-guoran", "果然鲜·果园小哥"),
}

BUYERS = tuple(
    DemoPerson(f"buyer{number:02}", name)
    for number, name in enumerate(
        (
            "王海燕", "李建国", "张晓雨", "刘洋", "陈思远", "杨柳", "赵小美", "黄伟", "周静", "吴倩",
            "徐磊", "孙悦", "马超群", "朱婷", "胡一帆", "高翔", "何雨桐", "罗丹", "梁家辉", "宋佳",
            "唐宁", "韩雪松", "冯媛", "曹阳", "彭飞", "曾可欣", "萧然", "田甜", "董卓然", "袁野",
        ),
        start=1,
    )
)  # fmt: skip

PLACES = (
    DemoPlace("浙江省 杭州市 西湖区", "文三路 88 号 3 幢 502", "310012"),
    DemoPlace("北京市 朝阳区", "建国路 93 号院 8 号楼 1201", "100022"),
    DemoPlace("上海市 徐汇区", "漕溪北路 45 弄 6 号 301", "200030"),
    DemoPlace("广东省 广州市 天河区", "体育西路 101 号 1903", "510620"),
    DemoPlace("四川省 成都市 武侯区", "科华北路 65 号 2 单元 704", "610041"),
    DemoPlace("湖北省 武汉市 洪山区", "珞喻路 152 号 12 栋 606", "430079"),
    DemoPlace("黑龙江省 哈尔滨市 南岗区", "学府路 52 号 4 单元 201", "150080"),
    DemoPlace("山东省 济南市 历下区", "泉城路 17 号 905", "250011"),
    DemoPlace("陕西省 西安市 雁塔区", "小寨东路 3 号 1508", "710061"),
    DemoPlace("辽宁省 沈阳市 和平区", "太原街 21 号 3-4-2", "110001"),
)

EVERYONE = (
    *(LIN, MEI, TAN, BO, GUO, SHEN, CHEN, QIAO, BOSS, LEADER),
    *(owner for key, owner in OWNERS.items() if key != "guanshan"),
    *(worker for key, worker in STAFF.items() if key != "guanshan"),
    *OFFICIAL.values(),
    *MATRIX.values(),
    *BUYERS,
)
SIGNS_IN = frozenset(login.email for login in DEMO_LOGINS)
