"""The goods of the demo market: five shops, forty products, three creators, as plain data.

Prices and freight are in fen. Pictures are the drawings under web/static/demo.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoCategory:
    """A node of the category tree; a parent stands before its children."""

    code: str
    name: str
    name_en: str
    parent: str
    trade: str


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A shop; its logo is the picture `shop-{key}.svg`."""

    key: str
    name: str
    name_en: str
    place: str
    introduction: str


@dataclass(frozen=True, slots=True)
class DemoCreator:
    """A creator; the portrait is the picture `person-{key}.svg`."""

    key: str
    name: str
    name_en: str
    introduction: str


@dataclass(frozen=True, slots=True)
class DemoSku:
    """One thing to buy."""

    code: str
    name: str
    name_en: str
    attributes: Mapping[str, str]
    price_fen: int
    stock: int


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product; its picture is `{key}.svg`."""

    key: str
    shop: str
    category: str
    title: str
    title_en: str
    description: str
    freight_fen: int
    skus: tuple[DemoSku, ...]


def picture_of(key: str) -> str:
    """Return the address of a demo picture."""
    return f"/static/demo/{key}.svg"


CATEGORIES = (
    DemoCategory("food", "食品生鲜", "Food", "", "food"),
    DemoCategory("food.tea", "茶叶", "Tea", "food", "food"),
    DemoCategory("food.tea.oolong", "乌龙茶", "Oolong tea", "food.tea", "food"),
    DemoCategory("food.tea.black", "红茶黑茶", "Black tea", "food.tea", "food"),
    DemoCategory("food.tea.flower", "花草茶", "Flower tea", "food.tea", "food"),
    DemoCategory("food.fresh", "水果蔬菜", "Fruit and vegetables", "food", "food"),
    DemoCategory("food.fresh.fruit", "新鲜水果", "Fresh fruit", "food.fresh", "food"),
    DemoCategory("food.fresh.roots", "薯类", "Roots", "food.fresh", "food"),
    DemoCategory("food.pantry", "粮油副食", "Pantry", "food", "food"),
    DemoCategory("food.pantry.honey", "蜂蜜", "Honey", "food.pantry", "food"),
    DemoCategory("food.pantry.nuts", "坚果", "Nuts", "food.pantry", "food"),
    DemoCategory("food.pantry.oil", "食用油", "Cooking oil", "food.pantry", "food"),
    DemoCategory("food.pantry.drinks", "饮料", "Drinks", "food.pantry", "food"),
    DemoCategory("wear", "服饰鞋包", "Clothing", "", "general"),
    DemoCategory("wear.women", "女装", "Women", "wear", "general"),
    DemoCategory("wear.women.dresses", "连衣裙", "Dresses", "wear.women", "general"),
    DemoCategory("wear.women.coats", "羽绒服", "Down jackets", "wear.women", "general"),
    DemoCategory("wear.women.shirts", "衬衫", "Shirts", "wear.women", "general"),
    DemoCategory("wear.extras", "配饰", "Accessories", "wear", "general"),
    DemoCategory("wear.extras.scarves", "丝巾", "Scarves", "wear.extras", "general"),
    DemoCategory("wear.extras.fans", "扇子", "Fans", "wear.extras", "general"),
    DemoCategory("wear.extras.umbrellas", "雨伞", "Umbrellas", "wear.extras", "general"),
    DemoCategory("wear.extras.jade", "玉石手镯", "Jade bangles", "wear.extras", "jewellery"),
    DemoCategory("wear.shoes", "鞋靴", "Shoes", "wear", "general"),
    DemoCategory("wear.shoes.sneakers", "运动鞋", "Sneakers", "wear.shoes", "general"),
    DemoCategory("home", "家居生活", "Home", "", "general"),
    DemoCategory("home.table", "茶具餐具", "Tableware", "home", "general"),
    DemoCategory("home.table.tea", "茶具", "Teaware", "home.table", "general"),
    DemoCategory("home.table.cups", "杯子", "Cups", "home.table", "general"),
    DemoCategory("home.table.dishes", "碗盘", "Bowls and plates", "home.table", "general"),
    DemoCategory("home.decor", "家居摆件", "Decoration", "home", "general"),
    DemoCategory("home.decor.vases", "花瓶花盆", "Vases and pots", "home.decor", "general"),
    DemoCategory("home.decor.incense", "香道", "Incense", "home.decor", "general"),
    DemoCategory("home.bed", "床上用品", "Bedding", "home", "general"),
    DemoCategory("home.bed.silk", "真丝寝具", "Silk bedding", "home.bed", "general"),
    DemoCategory("home.kitchen", "厨房电器", "Kitchen appliances", "home", "general"),
    DemoCategory("home.kitchen.cookers", "电饭煲", "Rice cookers", "home.kitchen", "general"),
    DemoCategory("play", "美妆运动玩具", "Beauty, sport and toys", "", "general"),
    DemoCategory("play.beauty", "彩妆", "Make-up", "play", "general"),
    DemoCategory("play.beauty.lips", "口红", "Lipstick", "play.beauty", "general"),
    DemoCategory("play.toys", "玩具", "Toys", "play", "general"),
    DemoCategory("play.toys.blocks", "积木", "Building blocks", "play.toys", "general"),
    DemoCategory("play.sport", "运动户外", "Sport", "play", "general"),
    DemoCategory("play.sport.yoga", "瑜伽", "Yoga", "play.sport", "general"),
)

SHOPS = (
    DemoShop(
        "guanshan", "观山茶舍", "Guanshan Tea House", "福建 安溪", "祖孙三代做茶，自有茶园 200 亩，春秋两季开采。"
    ),
    DemoShop("zhili", "织里坊", "Zhili Silk", "浙江 杭州", "老杭州的丝绸作坊，6A 桑蚕丝，小批量手工制作。"),
    DemoShop(
        "ciyan", "瓷言", "Ciyan Porcelain", "江西 景德镇", "景德镇三宝村的年轻匠人，手拉坯、手绘、柴窑烧制。"
    ),
    DemoShop("guoran", "果然鲜", "Guoran Fresh", "山东 烟台", "自家果园，当天采摘当天发货，坏果包赔。"),
    DemoShop("haowu", "义乌好物社", "Yiwu Good Things", "浙江 义乌", "义乌源头工厂直供，实用好看不贵。"),
)

CREATORS = (
    DemoCreator("mei", "梅子", "Mei", "爱喝茶的安溪姑娘，讲茶、讲器、讲生活。"),
    DemoCreator("chen", "小陈测评", "Chen Reviews", "花自己的钱，替你试好坏。"),
    DemoCreator("qiao", "乔姐的厨房", "Qiao's Kitchen", "三餐四季，好食材从产地来。"),
)

PRODUCTS = (
    DemoProduct(
        "tieguanyin",
        "guanshan",
        "food.tea.oolong",
        "安溪铁观音 清香型 兰花香 当季秋茶",
        "Anxi Tieguanyin oolong, fresh autumn harvest",
        "海拔 900 米茶园，半发酵乌龙，汤色清亮，七泡有余香。",
        0,
        (
            DemoSku("TGY-L250", "清香型 250g", "Light, 250 g", {"口味": "清香型", "净含量": "250g"}, 12_800, 400),
            DemoSku(
                "TGY-D250", "浓香型 250g", "Roasted, 250 g", {"口味": "浓香型", "净含量": "250g"}, 13_800, 300
            ),
        ),
    ),
    DemoProduct(
        "jasmine-tea",
        "guanshan",
        "food.tea.flower",
        "茉莉花茶 七窨一提 玻璃罐装",
        "Jasmine green tea, scented seven times",
        "伏天茉莉与烘青绿茶层层窨制，花香入骨不见花。",
        600,
        (
            DemoSku("MLH-100", "100g 罐装", "100 g jar", {"净含量": "100g"}, 6800, 260),
            DemoSku("MLH-200", "200g 罐装", "200 g jar", {"净含量": "200g"}, 11_900, 180),
        ),
    ),
    DemoProduct(
        "dahongpao",
        "guanshan",
        "food.tea.oolong",
        "武夷大红袍 炭焙岩茶 150g",
        "Da Hong Pao rock oolong, charcoal roasted",
        "武夷山正岩产区原料，足火炭焙，岩骨花香。",
        0,
        (DemoSku("DHP-150", "150g 袋装", "150 g pouch", {"净含量": "150g"}, 26_800, 120),),
    ),
    DemoProduct(
        "black-tea",
        "guanshan",
        "food.tea.black",
        "正山小种红茶 松烟香 罐装",
        "Lapsang Souchong black tea",
        "桐木关小种，松柴熏焙，桂圆甜香。",
        600,
        (
            DemoSku("ZSX-125", "125g", "125 g", {"净含量": "125g"}, 8900, 220),
            DemoSku("ZSX-250", "250g", "250 g", {"净含量": "250g"}, 15_900, 140),
        ),
    ),
    DemoProduct(
        "tea-gift-box",
        "guanshan",
        "food.tea.oolong",
        "中秋茶礼盒 铁观音+大红袍 送长辈",
        "Tea gift box for the elders",
        "两款名茶四罐装，烫金礼盒附手提袋，可代写贺卡。",
        0,
        (
            DemoSku("LH-STD", "雅致款", "Classic", {"规格": "4罐"}, 29_900, 90),
            DemoSku("LH-LUX", "臻选款", "Select", {"规格": "6罐"}, 49_900, 50),
        ),
    ),
    DemoProduct(
        "chrysanthemum-tea",
        "guanshan",
        "food.tea.flower",
        "胎菊王 杭白菊 清火花茶",
        "Chrysanthemum buds for tea",
        "头采胎菊，无硫烘干，一杯三五朵，清甜润喉。",
        600,
        (
            DemoSku("TJ-50", "50g 袋装", "50 g bag", {"净含量": "50g"}, 2990, 500),
            DemoSku("TJ-100", "100g 袋装", "100 g bag", {"净含量": "100g"}, 4990, 320),
        ),
    ),
    DemoProduct(
        "puer-cake",
        "guanshan",
        "food.tea.black",
        "云南普洱熟茶饼 七子饼 357g",
        "Ripe Pu'er cake, 357 g",
        "勐海老料，五年陈化，陈香顺滑，可品可藏。",
        0,
        (DemoSku("PE-357", "357g 单饼", "One cake", {"净含量": "357g"}, 16_800, 150),),
    ),
    DemoProduct(
        "travel-tea-set",
        "guanshan",
        "home.table.tea",
        "便携旅行茶具 一壶四杯 收纳包",
        "Travel tea set with pouch",
        "哑光釉陶瓷，硅胶杯垫防撞，登机也能带。",
        800,
        (
            DemoSku("LXC-G", "松石绿", "Turquoise", {"颜色": "松石绿"}, 11_800, 110),
            DemoSku("LXC-W", "月白", "Moon white", {"颜色": "月白"}, 11_800, 80),
        ),
    ),
    DemoProduct(
        "silk-scarf",
        "zhili",
        "wear.extras.scarves",
        "16姆米桑蚕丝长巾 手绘花鸟",
        "Hand-painted mulberry silk scarf",
        "双面印花，手工卷边，180×65cm，四季可用。",
        0,
        (
            DemoSku("SJ-RED", "胭脂红", "Rouge", {"颜色": "胭脂红"}, 36_900, 80),
            DemoSku("SJ-BLU", "烟雨蓝", "Misty blue", {"颜色": "烟雨蓝"}, 36_900, 70),
        ),
    ),
    DemoProduct(
        "silk-dress",
        "zhili",
        "wear.women.dresses",
        "重磅真丝连衣裙 改良国风 收腰",
        "Silk dress with a modern Chinese cut",
        "19 姆米重磅真丝，垂感好，不透不皱。",
        0,
        (
            DemoSku("QZ-S", "S", "S", {"尺码": "S"}, 89_900, 30),
            DemoSku("QZ-M", "M", "M", {"尺码": "M"}, 89_900, 45),
            DemoSku("QZ-L", "L", "L", {"尺码": "L"}, 89_900, 30),
        ),
    ),
    DemoProduct(
        "silk-pillowcase",
        "zhili",
        "home.bed.silk",
        "真丝枕套 6A桑蚕丝 单只装",
        "Mulberry silk pillowcase",
        "22 姆米，亲肤顺滑，睡醒不压痕，机洗不变形。",
        0,
        (
            DemoSku("ZT-PUR", "香芋紫", "Lilac", {"颜色": "香芋紫"}, 15_900, 200),
            DemoSku("ZT-CHA", "香槟金", "Champagne", {"颜色": "香槟金"}, 15_900, 180),
        ),
    ),
    DemoProduct(
        "down-jacket",
        "zhili",
        "wear.women.coats",
        "白鹅绒羽绒服 立领轻暖 短款",
        "White goose down jacket",
        "90% 白鹅绒，蓬松度 700+，轻到 480 克。",
        0,
        (
            DemoSku("YR-R-M", "枫叶红 M", "Maple red, M", {"颜色": "枫叶红", "尺码": "M"}, 69_900, 40),
            DemoSku("YR-R-L", "枫叶红 L", "Maple red, L", {"颜色": "枫叶红", "尺码": "L"}, 69_900, 40),
            DemoSku("YR-K-L", "曜石黑 L", "Black, L", {"颜色": "曜石黑", "尺码": "L"}, 69_900, 35),
        ),
    ),
    DemoProduct(
        "silk-quilt",
        "zhili",
        "home.bed.silk",
        "100%桑蚕丝被 手工拉丝 双人",
        "Silk quilt, drawn by hand",
        "优选双宫茧，手工拉网 120 层，附质检卡。",
        0,
        (
            DemoSku("CB-2", "春秋被 2斤", "Spring, 1 kg", {"重量": "2斤"}, 79_900, 40),
            DemoSku("CB-4", "冬被 4斤", "Winter, 2 kg", {"重量": "4斤"}, 139_900, 30),
        ),
    ),
    DemoProduct(
        "silk-eye-mask",
        "zhili",
        "home.bed.silk",
        "真丝眼罩 双面遮光 不勒耳",
        "Silk eye mask",
        "双面真丝，3D 鼻翼遮光，午休出差都好用。",
        600,
        (
            DemoSku("YZ-NAV", "夜空蓝", "Night blue", {"颜色": "夜空蓝"}, 4990, 300),
            DemoSku("YZ-PNK", "樱花粉", "Pink", {"颜色": "樱花粉"}, 4990, 260),
        ),
    ),
    DemoProduct(
        "linen-shirt",
        "zhili",
        "wear.women.shirts",
        "亚麻短袖衬衫 宽松透气",
        "Linen short-sleeved shirt",
        "法国亚麻，水洗柔软，越穿越舒服。",
        800,
        (
            DemoSku("YM-M", "米白 M", "Off-white, M", {"尺码": "M"}, 15_900, 90),
            DemoSku("YM-L", "米白 L", "Off-white, L", {"尺码": "L"}, 15_900, 90),
        ),
    ),
    DemoProduct(
        "silk-fan",
        "zhili",
        "wear.extras.fans",
        "杭州绸面折扇 手绘梅花 十寸",
        "Hangzhou silk folding fan",
        "湘妃竹骨，绸面手绘，附扇套和流苏。",
        600,
        (DemoSku("ZS-10", "十寸", "26 cm", {"尺寸": "十寸"}, 9900, 150),),
    ),
    DemoProduct(
        "gaiwan",
        "ciyan",
        "home.table.tea",
        "手绘青花盖碗 三才碗 150ml",
        "Hand-painted blue and white gaiwan",
        "高岭土手拉坯，釉下青花，薄胎不烫手。",
        0,
        (DemoSku("GW-150", "150ml 单只", "150 ml", {"容量": "150ml"}, 25_800, 60),),
    ),
    DemoProduct(
        "celadon-vase",
        "ciyan",
        "home.decor.vases",
        "龙泉青瓷花瓶 梅子青 22cm",
        "Celadon vase, plum green",
        "梅子青釉，开片自然，一枝即成景。",
        1200,
        (
            DemoSku("HP-22", "22cm", "22 cm", {"高度": "22cm"}, 18_800, 70),
            DemoSku("HP-30", "30cm", "30 cm", {"高度": "30cm"}, 29_800, 40),
        ),
    ),
    DemoProduct(
        "bowl-set",
        "ciyan",
        "home.table.dishes",
        "青花米饭碗 家用六只装",
        "Blue and white rice bowls, set of six",
        "釉下彩无铅，微波炉洗碗机可用。",
        1200,
        (DemoSku("WAN-6", "4.5寸 六只", "Six, 11 cm", {"数量": "6只"}, 8900, 240),),
    ),
    DemoProduct(
        "kiln-mug",
        "ciyan",
        "home.table.cups",
        "窑变釉马克杯 手工粗陶 380ml",
        "Kiln-glazed stoneware mug",
        "每只窑变花色独一无二，握感温润。",
        800,
        (
            DemoSku("MK-BLU", "星河蓝", "Galaxy blue", {"颜色": "星河蓝"}, 6900, 160),
            DemoSku("MK-BRN", "琥珀棕", "Amber", {"颜色": "琥珀棕"}, 6900, 130),
        ),
    ),
    DemoProduct(
        "clay-teapot",
        "ciyan",
        "home.table.tea",
        "紫砂壶 西施壶 原矿紫泥 200ml",
        "Zisha clay teapot",
        "原矿紫泥，全手工，出水利落，越养越润。",
        0,
        (DemoSku("ZSH-200", "200ml", "200 ml", {"容量": "200ml"}, 45_800, 35),),
    ),
    DemoProduct(
        "fish-plate",
        "ciyan",
        "home.table.dishes",
        "手绘年年有余鱼盘 10寸",
        "Hand-painted fish plate",
        "年夜饭的那道鱼，就缺这只盘。",
        1200,
        (DemoSku("YP-10", "10寸", "25 cm", {"尺寸": "10寸"}, 12_800, 90),),
    ),
    DemoProduct(
        "incense-burner",
        "ciyan",
        "home.decor.incense",
        "三足香炉 仿古铁釉 送线香",
        "Three-legged incense burner",
        "静心焚一炉，书房禅室都相宜。",
        800,
        (DemoSku("XL-01", "铁釉", "Iron glaze", {"颜色": "铁釉"}, 13_800, 80),),
    ),
    DemoProduct(
        "succulent-pot",
        "ciyan",
        "home.decor.vases",
        "多肉花盆 粗陶手绘 三只装",
        "Stoneware pots for succulents, three",
        "透气粗陶，底部有孔，送垫盘。",
        1200,
        (DemoSku("HPN-3", "三只装", "Set of three", {"数量": "3只"}, 4590, 200),),
    ),
    DemoProduct(
        "apples",
        "guoran",
        "food.fresh.fruit",
        "烟台红富士苹果 脆甜多汁 产地直发",
        "Yantai Fuji apples",
        "栖霞果园现摘，糖度 14+，坏果包赔。",
        0,
        (
            DemoSku("PG-5", "5斤 中果", "2.5 kg, medium", {"规格": "5斤"}, 3990, 900),
            DemoSku("PG-10", "10斤 大果", "5 kg, large", {"规格": "10斤"}, 6990, 700),
        ),
    ),
    DemoProduct(
        "cherries",
        "guoran",
        "food.fresh.fruit",
        "烟台大樱桃 美早 顺丰冷链",
        "Yantai cherries, cold chain",
        "JJJ 级美早，脆甜爆汁，顺丰次日达。",
        0,
        (
            DemoSku("YT-3", "3斤装", "1.5 kg", {"规格": "3斤"}, 12_900, 200),
            DemoSku("YT-5", "5斤装", "2.5 kg", {"规格": "5斤"}, 19_900, 150),
        ),
    ),
    DemoProduct(
        "honey",
        "guoran",
        "food.pantry.honey",
        "胶东洋槐蜜 自家蜂场 玻璃瓶",
        "Acacia honey",
        "昆嵛山洋槐花期一年一采，波美度 42，可溯源。",
        800,
        (
            DemoSku("FM-500", "500g", "500 g", {"净含量": "500g"}, 6800, 300),
            DemoSku("FM-1000", "1kg", "1 kg", {"净含量": "1kg"}, 12_600, 200),
        ),
    ),
    DemoProduct(
        "walnuts",
        "guoran",
        "food.pantry.nuts",
        "薄皮核桃 手捏即开 当年新货",
        "Thin-shelled walnuts",
        "不漂白不烤味，手一捏就开，仁满香脆。",
        800,
        (
            DemoSku("HT-2", "2斤", "1 kg", {"规格": "2斤"}, 4590, 360),
            DemoSku("HT-5", "5斤", "2.5 kg", {"规格": "5斤"}, 9990, 220),
        ),
    ),
    DemoProduct(
        "pears",
        "guoran",
        "food.fresh.fruit",
        "莱阳梨 皮薄无渣 炖汤润喉",
        "Laiyang pears",
        "百年梨园，汁多无渣，生吃炖汤都好。",
        0,
        (DemoSku("LI-5", "5斤", "2.5 kg", {"规格": "5斤"}, 3590, 420),),
    ),
    DemoProduct(
        "sweet-potato",
        "guoran",
        "food.fresh.roots",
        "烟薯25 蜜薯 流油烤红薯",
        "Honey sweet potatoes",
        "烤出来流蜜油，粉糯香甜，大人孩子都抢。",
        0,
        (
            DemoSku("HS-5", "5斤 中果", "2.5 kg", {"规格": "5斤"}, 2390, 800),
            DemoSku("HS-9", "9斤 大果", "4.5 kg", {"规格": "9斤"}, 3890, 600),
        ),
    ),
    DemoProduct(
        "peanut-oil",
        "guoran",
        "food.pantry.oil",
        "古法压榨花生油 物理初榨 1.8L",
        "Cold-pressed peanut oil",
        "胶东大花生，一级压榨，满屋都是花生香。",
        1000,
        (
            DemoSku("HSY-18", "1.8L", "1.8 l", {"容量": "1.8L"}, 6990, 280),
            DemoSku("HSY-50", "5L", "5 l", {"容量": "5L"}, 16_900, 160),
        ),
    ),
    DemoProduct(
        "grape-juice",
        "guoran",
        "food.pantry.drinks",
        "烟台葡萄汁 NFC鲜榨 无添加 750ml",
        "Pressed Yantai grape juice",
        "一瓶约 1.2 公斤葡萄，零添加糖。",
        800,
        (
            DemoSku("PTZ-1", "单瓶", "One bottle", {"数量": "1瓶"}, 3990, 240),
            DemoSku("PTZ-6", "整箱6瓶", "Case of six", {"数量": "6瓶"}, 19_900, 100),
        ),
    ),
    DemoProduct(
        "enamel-mug",
        "haowu",
        "home.table.cups",
        "怀旧搪瓷杯 劳动光荣 加厚带盖",
        "Vintage enamel mug",
        "加厚搪瓷，直火可煮，爸妈看了都说亲切。",
        0,
        (
            DemoSku("TC-9", "9cm", "9 cm", {"尺寸": "9cm"}, 1990, 900),
            DemoSku("TC-12", "12cm", "12 cm", {"尺寸": "12cm"}, 2990, 700),
        ),
    ),
    DemoProduct(
        "rice-cooker",
        "haowu",
        "home.kitchen.cookers",
        "智能电饭煲 4L 柴火饭 可预约",
        "Smart rice cooker, 4 l",
        "24 小时预约，0 涂层不锈钢内胆，一家四口刚好。",
        0,
        (
            DemoSku("DFB-W", "珍珠白", "Pearl white", {"颜色": "珍珠白"}, 25_900, 160),
            DemoSku("DFB-G", "雾灰", "Misty grey", {"颜色": "雾灰"}, 25_900, 120),
        ),
    ),
    DemoProduct(
        "sneakers",
        "haowu",
        "wear.shoes.sneakers",
        "轻便透气运动鞋 软底防滑 男女同款",
        "Light breathable sneakers",
        "飞织鞋面，EVA 软底，单只 210 克。",
        0,
        (
            DemoSku("YDX-38", "38码", "38", {"尺码": "38"}, 12_900, 90),
            DemoSku("YDX-40", "40码", "40", {"尺码": "40"}, 12_900, 100),
            DemoSku("YDX-42", "42码", "42", {"尺码": "42"}, 12_900, 110),
        ),
    ),
    DemoProduct(
        "lipstick",
        "haowu",
        "play.beauty.lips",
        "丝绒哑光口红 显白不拔干",
        "Velvet matte lipstick",
        "薄涂一层提气色，全天不沾杯。",
        600,
        (
            DemoSku("KH-01", "01 正红", "01 True red", {"色号": "01"}, 5900, 260),
            DemoSku("KH-02", "02 豆沙", "02 Rose", {"色号": "02"}, 5900, 260),
            DemoSku("KH-03", "03 枫叶", "03 Maple", {"色号": "03"}, 5900, 220),
        ),
    ),
    DemoProduct(
        "jade-bracelet",
        "haowu",
        "wear.extras.jade",
        "和田玉青玉手镯 附鉴定证书",
        "Hetian jade bangle with certificate",
        "天然和田青玉，一物一证，支持复检。",
        0,
        (
            DemoSku("YZH-56", "56圈口", "56 mm", {"圈口": "56mm"}, 128_000, 12),
            DemoSku("YZH-58", "58圈口", "58 mm", {"圈口": "58mm"}, 128_000, 10),
        ),
    ),
    DemoProduct(
        "toy-blocks",
        "haowu",
        "play.toys.blocks",
        "汉字木质积木 100粒 儿童启蒙",
        "Wooden character blocks, 100 pieces",
        "榉木水性漆，边玩边认字，收纳桶装。",
        800,
        (DemoSku("JM-100", "100粒桶装", "100 pieces", {"数量": "100粒"}, 7990, 220),),
    ),
    DemoProduct(
        "yoga-mat",
        "haowu",
        "play.sport.yoga",
        "TPE瑜伽垫 加宽加厚 防滑",
        "TPE yoga mat, wide and thick",
        "183×80cm，8mm 厚，无味回弹快，送绑带网包。",
        0,
        (
            DemoSku("YJD-PUR", "暮光紫", "Dusk violet", {"颜色": "暮光紫"}, 7900, 180),
            DemoSku("YJD-GRN", "薄荷绿", "Mint", {"颜色": "薄荷绿"}, 7900, 160),
        ),
    ),
    DemoProduct(
        "umbrella",
        "haowu",
        "wear.extras.umbrellas",
        "全自动晴雨伞 黑胶防晒 抗风",
        "Automatic umbrella for sun and rain",
        "十骨加固，一键开收，UPF50+。",
        600,
        (
            DemoSku("YS-RED", "朱砂红", "Cinnabar", {"颜色": "朱砂红"}, 4990, 400),
            DemoSku("YS-NAV", "藏青", "Navy", {"颜色": "藏青"}, 4990, 380),
        ),
    ),
)
