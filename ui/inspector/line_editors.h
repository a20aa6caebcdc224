#pragma once

#include <QComboBox>
#include <QLineEdit>

#include "ui/inspector/field_editor.h"

class QCheckBox;

namespace signalbox::ui {

/// A line edit that leaves undo to the document and tells when the user comes to it.
class FieldLine : public QLineEdit {
    Q_OBJECT

public:
    using QLineEdit::QLineEdit;

Q_SIGNALS:
    void entered();
    void left();
    void stepped(int by);  ///< arrow keys

protected:
    bool event(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
};

/// A combo box that a passing wheel does not change.
class FieldCombo : public QComboBox {
    Q_OBJECT

public:
    explicit FieldCombo(QWidget* parent = nullptr);

protected:
    void wheelEvent(QWheelEvent* event) override;
};

/// Text, numbers and quantities with their unit as written ("350/s", "800ms"). What does not fit is shown and not taken over.
class LineEditor : public FieldEditor {
    Q_OBJECT

public:
    LineEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] QString pendingError() const override { return m_pending; }

private:
    void take(const QString& text);
    void step(int by);

    FieldLine* m_line;
    QString m_pending;
    int m_session = 0;
};

class BooleanEditor : public FieldEditor {
    Q_OBJECT

public:
    BooleanEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;

private:
    QCheckBox* m_box;
};

/// One of a few words, the name of another element, or the address of a backend (a mock, a listener, or anything typed).
class ChoiceEditor : public FieldEditor {
    Q_OBJECT

public:
    ChoiceEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh() override;
    [[nodiscard]] QString pendingError() const override { return m_pending; }

private:
    [[nodiscard]] QStringList words() const;
    void take(const QString& text);

    FieldCombo* m_combo;
    bool m_free;  ///< other words may be typed
    QStringList m_words;
    QString m_pending;
    int m_session = 0;
};

}  // namespace signalbox::ui
