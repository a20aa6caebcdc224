#pragma once

#include <QWidget>
#include <vector>

#include "ui/inspector/field_editor.h"

class QToolButton;
class QVBoxLayout;

namespace signalbox::ui {

class TextLabel;

/// One value of a form: its label, its editor, the dot that resets it, and what is wrong with it. GUI thread; owned by its form.
class FieldRow : public QWidget {
    Q_OBJECT

public:
    FieldRow(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);
    void refresh();
    [[nodiscard]] const ParamSpec& spec() const noexcept { return m_spec; }

private:
    QWidget* makeLabel();
    void buildLine();
    void buildBlock();
    void updateState();
    void setFolded(bool folded);

    FormContext& m_context;
    fields::Place m_place;
    const ParamSpec& m_spec;
    FieldEditor* m_editor;
    QToolButton* m_dot = nullptr;
    QToolButton* m_fold = nullptr;  ///< of a block that may be folded
    QWidget* m_errorRow = nullptr;
    TextLabel* m_error = nullptr;
    QLabel* m_errorIcon = nullptr;
};

/// A form made of nothing but an ObjectSpec: one row for each key that this version has, basic ones first, the rest folded.
/// GUI thread.
class ParamForm : public QWidget {
    Q_OBJECT

public:
    struct Options {
        const ParamSpec* family = nullptr;  ///< the object is a member of this family, whose id the caller edits
        bool withName = false;              ///< `name` is edited in the inspector's header otherwise
    };
    ParamForm(FormContext& context, const QString& path, const ObjectSpec& spec, const Options& options, QWidget* parent = nullptr);
    void refresh();
    [[nodiscard]] int rowCount() const noexcept { return static_cast<int>(m_rows.size()); }

private:
    void addRows(QVBoxLayout& layout, const std::vector<const ParamSpec*>& params, const Options& options);
    void addAdvanced(QVBoxLayout& layout, const std::vector<const ParamSpec*>& params, const Options& options);

    FormContext& m_context;
    QString m_path;
    std::vector<FieldRow*> m_rows;
};

}  // namespace signalbox::ui
