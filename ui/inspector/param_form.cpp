#include "ui/inspector/param_form.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/inspector/fold_button.h"
#include "ui/theme/widgets.h"

namespace signalbox::ui {

namespace {

constexpr int kLabelWidth = 92;

/// "This differs from the default": a dot in the accent that takes the value away when clicked.
class ResetDot : public QToolButton {
public:
    explicit ResetDot(QWidget* parent) : QToolButton(parent)
    {
        setFixedSize(16, 28);
        setAutoRaise(true);
        setFocusPolicy(Qt::TabFocus);
        setCursor(Qt::PointingHandCursor);
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(tokens().accent);
        const double radius = underMouse() || hasFocus() ? 4.5 : 3;
        painter.drawEllipse(QPointF(width() / 2.0, height() / 2.0), radius, radius);
    }
};

FoldButton* makeFold(const QString& text, const QString& objectName, QWidget* parent)
{
    auto* button = new FoldButton(text, Theme::TextRole::Section, parent);
    describe(button, objectName, text);
    return button;
}

}  // namespace

FieldRow::FieldRow(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
    : QWidget(parent), m_context(context), m_place(place), m_spec(spec), m_editor(makeFieldEditor(context, place, spec, this))
{
    setObjectName(QStringLiteral("row-") + place.path);
    m_dot = new ResetDot(this);
    describe(m_dot, QStringLiteral("reset-") + place.path, QStringLiteral("Reset %1").arg(fields::latin(spec.title)),
             spec.fallback.empty() ? QStringLiteral("Differs from the default. Click to take it away.")
                                   : QStringLiteral("Differs from the default (%1). Click to reset.").arg(fields::latin(spec.fallback)));
    connect(m_dot, &QToolButton::clicked, this, [this] { fields::reset(m_context.document, m_place.path, m_spec); });
    QSizePolicy keep = m_dot->sizePolicy();
    keep.setRetainSizeWhenHidden(true);
    m_dot->setSizePolicy(keep);
    m_errorRow = new QWidget(this);
    auto* errorLayout = new QHBoxLayout(m_errorRow);
    errorLayout->setContentsMargins(0, 0, 0, 2);
    errorLayout->setSpacing(6);
    m_errorIcon = new QLabel(m_errorRow);
    m_error = new TextLabel({}, Theme::TextRole::Small, false, m_errorRow);
    m_error->setObjectName(QStringLiteral("error-") + place.path);
    m_error->setWordWrap(true);
    errorLayout->addWidget(m_errorIcon, 0, Qt::AlignTop);
    errorLayout->addWidget(m_error, 1);
    connect(m_editor, &FieldEditor::checked, this, &FieldRow::updateState);
    if (m_editor->isBlock()) {
        buildBlock();
    } else {
        buildLine();
    }
    updateState();
}

QWidget* FieldRow::makeLabel()
{
    auto* label = new ElidedLabel(fields::latin(m_spec.title), Theme::TextRole::Body, false, this);
    label->setFixedWidth(Theme::instance().px(kLabelWidth));
    label->setBuddy(m_editor);
    return label;
}

void FieldRow::buildLine()
{
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(2);
    grid->addWidget(makeLabel(), 0, 0);
    grid->addWidget(m_editor, 0, 1);
    grid->addWidget(m_dot, 0, 2);
    grid->addWidget(m_errorRow, 1, 1, 1, 2);
    grid->setColumnStretch(1, 1);
}

void FieldRow::buildBlock()
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 6, 0, 0);
    layout->setSpacing(4);
    auto* head = new QHBoxLayout;
    head->setSpacing(6);
    const bool foldable = m_spec.kind == ParamKind::Object;
    if (foldable) {
        m_fold = makeFold(fields::latin(m_spec.title), QStringLiteral("fold-") + m_place.path, this);
        m_fold->setToolTip(fields::latin(m_spec.help));
        connect(m_fold, &QToolButton::toggled, this, [this](bool open) { setFolded(!open); });
        head->addWidget(m_fold);
    } else {
        auto* title = new TextLabel(fields::latin(m_spec.title), Theme::TextRole::Section, false, this);
        title->setToolTip(fields::latin(m_spec.help));
        title->setMinimumHeight(24);
        head->addWidget(title);
    }
    head->addStretch();
    head->addWidget(m_dot);
    layout->addLayout(head);
    layout->addWidget(m_errorRow);
    layout->addWidget(m_editor);
    if (foldable) {
        // What the site does not mention stays closed: an open "Redirect" on every route would hide what counts.
        const bool present = fields::valueOf(m_context.document, m_place.path) != nullptr;
        m_fold->setChecked(present);
        setFolded(!present);
    }
}

void FieldRow::setFolded(bool folded)
{
    m_editor->setVisible(!folded);
}

void FieldRow::refresh()
{
    m_editor->refresh();
    updateState();
}

void FieldRow::updateState()
{
    const Value* value = fields::valueOf(m_context.document, m_place.path);
    const bool removable = !m_spec.required && m_spec.kind != ParamKind::NamedList && m_spec.kind != ParamKind::Families;
    m_dot->setVisible(removable && fields::differsFromDefault(m_context.document, m_place.path, m_spec));
    std::optional<fields::Complaint> complaint;
    if (const QString pending = m_editor->pendingError(); !pending.isEmpty()) {
        complaint = fields::Complaint{pending, true};
    } else if (value == nullptr && m_spec.required) {
        complaint = fields::Complaint{QStringLiteral("%1 is needed").arg(fields::latin(m_spec.title)), true};
    } else {
        complaint = fields::complaintAt(m_context.document, m_place.path, !m_editor->showsInner());
    }
    m_errorRow->setVisible(complaint.has_value());
    if (complaint) {
        m_error->setText(complaint->text);
        m_errorIcon->setPixmap(iconPixmap(complaint->isError ? QStringLiteral("error") : QStringLiteral("warning"), 14,
                                          complaint->isError ? tokens().error : tokens().warn, devicePixelRatioF()));
        if (m_fold != nullptr && complaint->isError) {
            m_fold->setChecked(true);
        }
    }
}

ParamForm::ParamForm(FormContext& context, const QString& path, const ObjectSpec& spec, const Options& options, QWidget* parent)
    : QWidget(parent), m_context(context), m_path(path)
{
    setObjectName(QStringLiteral("form-") + path);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    std::vector<const ParamSpec*> basic;
    std::vector<const ParamSpec*> advanced;
    for (const ParamSpec& param : spec.params) {
        const bool isName = param.kind == ParamKind::Name && param.key == "name";
        if (param.availability == Availability::Later || (isName && !options.withName)) {
            continue;
        }
        (param.advanced ? advanced : basic).push_back(&param);
    }
    addRows(*layout, basic, options);
    if (!advanced.empty()) {
        addAdvanced(*layout, advanced, options);
    }
}

void ParamForm::addRows(QVBoxLayout& layout, const std::vector<const ParamSpec*>& params, const Options& options)
{
    for (const ParamSpec* param : params) {
        auto* row = new FieldRow(m_context, {fields::child(m_path, fields::latin(param->key)), options.family}, *param, this);
        m_rows.push_back(row);
        layout.addWidget(row);
    }
}

void ParamForm::addAdvanced(QVBoxLayout& layout, const std::vector<const ParamSpec*>& params, const Options& options)
{
    auto* fold = makeFold(QStringLiteral("Advanced (%1)").arg(params.size()), QStringLiteral("advanced-") + m_path, this);
    layout.addWidget(fold);
    auto* area = new QWidget(this);
    auto* inner = new QVBoxLayout(area);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(6);
    addRows(*inner, params, options);
    layout.addWidget(area);
    connect(fold, &QToolButton::toggled, area, &QWidget::setVisible);
    const bool used = std::any_of(params.begin(), params.end(), [&](const ParamSpec* param) {
        return fields::complaintAt(m_context.document, fields::child(m_path, fields::latin(param->key)), true).has_value();
    });
    fold->setChecked(used);
    area->setVisible(used);
}

void ParamForm::refresh()
{
    for (FieldRow* row : m_rows) {
        row->refresh();
    }
}

}  // namespace signalbox::ui
