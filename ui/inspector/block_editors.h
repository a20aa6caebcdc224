#pragma once

#include <vector>

#include "ui/inspector/field_editor.h"

class QLineEdit;
class QMenu;
class QPlainTextEdit;
class QTableWidget;
class QToolButton;
class QVBoxLayout;

namespace signalbox::ui {

class FieldCombo;
class FieldLine;
class ParamForm;

/// A map with known keys: its own form below a title.
class ObjectEditor : public FieldEditor {
    Q_OBJECT

public:
    ObjectEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] bool isBlock() const override { return true; }

private:
    ParamForm* m_form = nullptr;
};

/// A member of a family: which one, and its parameters.
class FamilyEditor : public FieldEditor {
    Q_OBJECT

public:
    FamilyEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] bool isBlock() const override { return true; }
    [[nodiscard]] bool showsInner() const override { return false; }

private:
    [[nodiscard]] QString currentId() const;
    void choose(const QString& id);
    void rebuild();

    FieldCombo* m_combo;
    QVBoxLayout* m_layout;
    ParamForm* m_form = nullptr;
    QString m_shown;
};

/// A list of texts, a line each.
class TextListEditor : public FieldEditor {
    Q_OBJECT

public:
    TextListEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] bool isBlock() const override { return true; }
    [[nodiscard]] bool showsInner() const override { return false; }

private:
    [[nodiscard]] QStringList stored() const;
    void addLine(const QString& text);
    void write(const QString& mergeKey);
    void rebuild(const QStringList& texts);

    QVBoxLayout* m_layout;
    std::vector<FieldLine*> m_lines;
    QStringList m_shown;
    int m_session = 0;
};

/// A map from texts to texts, a pair of lines each.
class TextMapEditor : public FieldEditor {
    Q_OBJECT

public:
    TextMapEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] bool isBlock() const override { return true; }
    [[nodiscard]] bool showsInner() const override { return false; }

private:
    using Pairs = QList<QPair<QString, QString>>;
    [[nodiscard]] Pairs stored() const;
    void addPair(const QString& key, const QString& value);
    void write(const QString& mergeKey);
    void rebuild(const Pairs& pairs);

    QVBoxLayout* m_layout;
    std::vector<std::pair<FieldLine*, FieldLine*>> m_lines;
    Pairs m_shown;
    int m_session = 0;
};

/// Policies of a route, members of a split, requests of a scenario: a card each, in order, with its own form.
class CardsEditor : public FieldEditor {
    Q_OBJECT

public:
    CardsEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] bool isBlock() const override { return true; }

private:
    [[nodiscard]] QStringList signature() const;
    [[nodiscard]] QString titleOf(const Value& item, int index) const;
    void rebuild();
    QWidget* makeCard(const Value& item, int index, int count);
    QMenu* makeAddMenu();
    void add(const ObjectSpec& spec);

    QVBoxLayout* m_layout;
    QToolButton* m_add;
    std::vector<ParamForm*> m_forms;
    std::vector<QToolButton*> m_titles;
    QStringList m_shown;
    int m_open = -1;
};

/// Elements with a name (backends, routes): a table whose simple columns are edited in place, and a way to open one.
class NamedListEditor : public FieldEditor {
    Q_OBJECT

public:
    NamedListEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] bool isBlock() const override { return true; }
    [[nodiscard]] bool showsInner() const override { return false; }

private:
    [[nodiscard]] QString elementPath(int row) const;
    void take(int row, int column);
    void addElement();
    void move(int by);
    void remove();
    void updateButtons();

    QTableWidget* m_table;
    std::vector<const ParamSpec*> m_columns;
    std::vector<QToolButton*> m_rowButtons;
    bool m_filling = false;
};

/// A free-form value as YAML.
class YamlFieldEditor : public FieldEditor {
    Q_OBJECT

public:
    YamlFieldEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] QString pendingError() const override { return m_pending; }
    [[nodiscard]] bool isBlock() const override { return true; }
    [[nodiscard]] bool showsInner() const override { return false; }
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void check();
    void commit();

    QPlainTextEdit* m_text;
    QString m_stored;
    QString m_pending;
};

}  // namespace signalbox::ui
