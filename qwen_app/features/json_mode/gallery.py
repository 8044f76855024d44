# ruff: noqa: E501 - a text and its fields are read as they stand
"""Schemas to start from, each with a text to try it on, in both languages."""

import json
from dataclasses import dataclass
from typing import Final

from qwen_app.errors import Language
from qwen_app.features.json_mode.fields import schema_of_fields


@dataclass(frozen=True, slots=True)
class Sample:
    """One schema of the gallery in one language."""

    fields: str
    """In the language of `fields.schema_of_fields`."""
    text: str
    """Something to read."""

    @property
    def schema(self) -> str:
        """JSON text, indented for reading."""
        return json.dumps(schema_of_fields(self.fields), ensure_ascii=False, indent=2)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One kind of document."""

    id: str
    title_en: str
    title_zh: str
    en: Sample
    zh: Sample

    def sample(self, language: Language) -> Sample:
        return self.zh if language == "zh" else self.en


GALLERY: Final = (
    Exhibit(
        "contact",
        "Contact",
        "联系人",
        Sample(
            """\
name: str <= 60
company: str?
role: str?
email: email?
phone: str? # as written
city: str?
""",
            """\
Hi, this is Maria Lopez from Brightside Solar. I look after our sales in Lisbon. The quickest way to reach me is maria.lopez@brightside.example or +351 21 555 0134.""",
        ),
        Sample(
            """\
姓名: 文本 <= 20
公司: 文本?
职位: 文本?
邮箱: 邮箱?
电话: 文本? # 按原文
城市: 文本?
""",
            """\
您好，我是杭州云帆科技的采购经理陈雨桐，之后的对接由我负责。我的邮箱是 chenyt@yunfan.example，手机 13800001234，有事随时联系。""",
        ),
    ),
    Exhibit(
        "event",
        "Event",
        "活动",
        Sample(
            """\
title: str
date: date
start: time
place: str
price: float >= 0 # 0 if it is free
topics: list[str] <= 6
""",
            """\
Open garden evening! On 2026-06-12 the botanical garden on Hill Street opens its greenhouses from 18:30. There will be short tours about orchids and carnivorous plants, and a talk on urban bees. Entry is 4.50 euros, children free.""",
        ),
        Sample(
            """\
名称: 文本
日期: 日期
开始时间: 时间
地点: 文本
票价: 小数 >= 0 # 免费则为 0
内容: 列表[文本] <= 6
""",
            """\
周末读书会来啦！2026-06-13 下午 14:00，在市图书馆三楼报告厅，一起读《呐喊》。活动包括片段朗读、小组讨论和作者手稿展，免费参加，请提前十分钟签到。""",
        ),
    ),
    Exhibit(
        "invoice",
        "Invoice",
        "发票",
        Sample(
            """\
number: str
date: date
seller: str
buyer: str
items: list 1..20
  name: str
  quantity: int >= 1
  unit_price: float >= 0
total: float >= 0
currency: "EUR" | "USD" | "GBP" | "CNY"
""",
            """\
Invoice R-2026-118 of 2026-03-04
From: Paper & Ink Ltd, to: Greenfield School
12 exercise books at 1.20
3 boxes of chalk at 4.00
1 world map at 18.60
Total to pay: 45.00 EUR within 14 days""",
        ),
        Sample(
            """\
编号: 文本
日期: 日期
销售方: 文本
购买方: 文本
明细: 列表 1..20
  名称: 文本
  数量: 整数 >= 1
  单价: 小数 >= 0
合计: 小数 >= 0
币种: "人民币" | "美元" | "欧元"
""",
            """\
发票编号 2026-0457，开票日期 2026-03-18。
销售方：晨光文具有限公司；购买方：实验中学。
练习本 40 本，单价 2.5 元；钢笔 10 支，单价 18 元；地球仪 1 个，单价 65 元。
价税合计人民币 345 元。""",
        ),
    ),
    Exhibit(
        "resume",
        "Résumé",
        "简历",
        Sample(
            """\
name: str
email: email?
years_of_experience: int 0..60
education: list <= 5
  school: str
  degree: str
  year: int 1950..2100
skills: list[str] <= 10
languages: list[str] <= 6
""",
            """\
Nadia Brandt has worked as a data analyst for six years, first at a hospital and now at a rail company. She took her master's in statistics at the University of Graz in 2019, after a bachelor's in mathematics in Linz in 2017. She writes SQL and Python every day, knows dbt and Tableau, and speaks German, English and some Italian. Write to nadia.brandt@mail.example.""",
        ),
        Sample(
            """\
姓名: 文本
邮箱: 邮箱?
工作年限: 整数 0..60
教育经历: 列表 <= 5
  学校: 文本
  学位: 文本
  毕业年份: 整数 1950..2100
技能: 列表[文本] <= 10
语言: 列表[文本] <= 6
""",
            """\
林思远，从事后端开发 5 年，目前在一家物流公司负责订单系统。2020 年毕业于浙江大学，获软件工程硕士学位；2018 年在同校取得学士学位。熟悉 Java、Go、MySQL 和 Redis，能用英语开会，也会一点日语。联系邮箱：linsy@mail.example。""",
        ),
    ),
    Exhibit(
        "product",
        "Product",
        "商品",
        Sample(
            """\
name: str
brand: str?
price: float >= 0
currency: str <= 3 # three letters
in_stock: bool
colours: list[str] <= 8
weight_kg: float? > 0
""",
            """\
The Norden 20 backpack from Fjellhus weighs only 0.9 kg and swallows a 15-inch laptop. It comes in moss green, navy and sand, costs 89 USD, and ships today: all three colours are on the shelf.""",
        ),
        Sample(
            """\
名称: 文本
品牌: 文本?
价格: 小数 >= 0
有货: 是否
颜色: 列表[文本] <= 8
重量千克: 小数? > 0
""",
            """\
山行 20 升双肩包，来自品牌“远行者”，自重仅 0.9 千克，能放下 15 英寸笔记本。现有墨绿、藏青、米白三种颜色，售价 329 元，全部现货，当天发出。""",
        ),
    ),
    Exhibit(
        "quiz",
        "Quiz",
        "测验题",
        Sample(
            """\
topic: str
questions: list 2..3
  question: str
  choices: list[str] 3..4
  answer: int 0..3 # place of the right choice, from 0
""",
            """\
Honeybees live in colonies of up to 60,000 workers around a single queen. A worker lives about six weeks in summer. With a waggle dance she tells the others in which direction, measured from the sun, and how far away she has found flowers.""",
        ),
        Sample(
            """\
主题: 文本
题目: 列表 2..3
  问题: 文本
  选项: 列表[文本] 3..4
  答案: 整数 0..3 # 正确选项的序号，从 0 开始
""",
            """\
蜜蜂群居生活，一个蜂群以一只蜂王为中心，工蜂可多达六万只。夏季的工蜂只能活六周左右。工蜂用“8 字舞”告诉同伴花丛相对太阳的方向和距离。""",
        ),
    ),
    Exhibit(
        "survey",
        "Survey reply",
        "问卷反馈",
        Sample(
            """\
mood: "positive" | "neutral" | "negative"
rating: int 1..5
liked: list[str] <= 4
disliked: list[str] <= 4
would_recommend: bool
""",
            """\
We stayed two nights. The room was spotless and the breakfast better than at home, thank you for the fresh figs! Only the lift was out of order on both days, and we were on the fifth floor. Four stars from us, and we have already told our neighbours to go.""",
        ),
        Sample(
            """\
态度: "满意" | "一般" | "不满意"
评分: 整数 1..5
优点: 列表[文本] <= 4
不足: 列表[文本] <= 4
愿意推荐: 是否
""",
            """\
在这里住了两晚，房间很干净，早餐花样多，前台小姑娘还帮我们叫了车。就是电梯坏了两天，我们住五楼，老人爬楼有点累。总体打四分，下次来还会住，也会推荐给朋友。""",
        ),
    ),
    Exhibit(
        "minutes",
        "Meeting minutes",
        "会议纪要",
        Sample(
            """\
title: str
date: date
present: list[str] 1..20
decisions: list[str] <= 8
tasks: list <= 10
  who: str
  what: str
  due: date?
""",
            """\
School garden group, 2026-04-09. Present: Ms Okafor, Tom, Priya. We agreed to plant beans and sunflowers this year, and to leave the pond for autumn. Tom buys soil by 2026-04-16. Priya paints the signs. Ms Okafor asks the caretaker about the water tap until 2026-04-20.""",
        ),
        Sample(
            """\
主题: 文本
日期: 日期
出席: 列表[文本] 1..20
决定: 列表[文本] <= 8
任务: 列表 <= 10
  负责人: 文本
  事项: 文本
  截止日期: 日期?
""",
            """\
2026-04-09 班级春游筹备会，出席：王老师、李明、周晓。会议决定五月初去植物园，乘大巴前往，不收额外费用。李明在 2026-04-16 之前联系车队，周晓负责统计人数，王老师于 2026-04-20 前向学校报备。""",
        ),
    ),
    Exhibit(
        "ticket",
        "Support request",
        "客服工单",
        Sample(
            """\
summary: str <= 80
category: "billing" | "delivery" | "defect" | "account" | "other"
urgency: "low" | "normal" | "high"
order_number: str?
wants_refund: bool
""",
            """\
Order 88-20417 arrived yesterday with a cracked lid, for the second time! I need the lunch box for a school trip on Friday. Please send a new one by express or give me my money back.""",
        ),
        Sample(
            """\
概要: 文本 <= 40
类别: "付款" | "物流" | "质量" | "账户" | "其他"
紧急程度: "低" | "中" | "高"
订单号: 文本?
要求退款: 是否
""",
            """\
订单 88-20417 昨天送到，饭盒盖子又裂了，这已经是第二次！周五孩子春游就要用，请加急补发一个新的，不行就把钱退给我。""",
        ),
    ),
    Exhibit(
        "recipe",
        "Recipe",
        "菜谱",
        Sample(
            """\
name: str
servings: int 1..20
minutes: int >= 1
ingredients: list 1..15
  name: str
  amount: float? >= 0
  unit: str?
steps: list[str] 1..10
""",
            """\
Lentil soup for four, ready in 35 minutes. Soften 1 onion and 2 carrots in 2 tablespoons of oil. Add 250 g red lentils and 1.2 l water, simmer for 20 minutes, then season with cumin and the juice of half a lemon.""",
        ),
        Sample(
            """\
名称: 文本
份数: 整数 1..20
分钟: 整数 >= 1
食材: 列表 1..15
  名称: 文本
  数量: 小数? >= 0
  单位: 文本?
步骤: 列表[文本] 1..10
""",
            """\
番茄炒蛋，两人份，大约 15 分钟。准备番茄 2 个、鸡蛋 3 个、盐 3 克、食用油 20 毫升。先把鸡蛋打散炒熟盛出，再将番茄切块炒出汁，倒回鸡蛋翻匀，加盐调味即可。""",
        ),
    ),
)
