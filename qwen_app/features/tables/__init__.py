"""Questions about a table, answered by a query that is run: never by the model's memory.

As functions, without page or server::

    from pathlib import Path
    from qwen_app.engine.create import create_engine
    from qwen_app.engine.settings import EngineSettings
    from qwen_app.features.tables.answering import ask_table, fill_fields
    from qwen_app.features.tables.query.execute import execute
    from qwen_app.features.tables.reading import read_table

    engine = create_engine("embedded", Path("assets/embedded"), EngineSettings())
    table = read_table("姓名,年龄,城市\\n张三,28,杭州\\n李四,32,北京\\n王五,25,深圳")[0].table

    answer = ask_table(engine, table, "谁是最年轻的人？")
    answer.sentence.text       # 王五，年龄 25 岁。
    answer.sentence.cells      # ((2, '姓名'), (2, '年龄')): row from 0, column
    answer.chosen.query        # SELECT "姓名", "年龄" FROM t ORDER BY "年龄" LIMIT 1
    answer.status              # agreed, disagreed (see answer.alternatives) or failed
    ask_table(engine, table, "那最大的呢？", turns=[answer.turn])

    execute('SELECT AVG("年龄") FROM t', table).rows      # without a model

    fill_fields(engine, table, {
        "type": "object",
        "properties": {"average_age": {"type": "number", "description": "平均年龄是多少？"}},
    }).document                # {'average_age': 28.3}

Where things are
    ``reading/``      from HTML, CSV, Excel, Markdown or a paste to a `table.Table`.
    ``query/``        the language: its text, its grammar for one table, how it runs.
    ``prompt``        what the model reads.
    ``ask``           drawing queries, running them, choosing; ``unverified`` is the way without.
    ``answer``        the sentence for a result; ``figures`` how a value is written.
    ``fields``        JSON over a table; ``wanted`` which fields, from names or a schema.
"""
